import type { TurbineReading, VehicleBayEvent, VehicleReading } from '../../catalogue/events.generated.ts';
import type { DeviceMessage } from '../devices/device-message.ts';
import { type MessageMaker, type NumberReader, type Row, UnreadableRow } from './message-maker.ts';
import type { Profile, StationColumns, TripProfile, TurbineProfile, VehicleProfile } from './profile.ts';
import { makeTimeReader } from './recorded-time.ts';
import { stationMessages } from './station-messages.ts';

export function makeMessages(profile: Profile, batchSize?: number): MessageMaker {
  const numbers = makeNumberReader();
  if (profile.kind === 'vehicle') return vehicleMessages(profile, numbers, batchSize ?? profile.batchSize);
  if (profile.kind === 'turbine') return turbineMessages(profile, numbers);
  return profile.kind === 'trip' ? tripMessages(profile, numbers) : stationMessages(profile, numbers);
}

function makeNumberReader(): NumberReader {
  let bad = 0;
  return {
    read(row, column) {
      const text = row[column]?.trim() ?? '';
      if (text === '') return null;
      const value = Number(text);
      if (Number.isFinite(value)) return value;
      bad += 1;
      return null;
    },
    bad: () => bad,
  };
}

const textOf = (row: Row, columns: readonly string[]) => columns.map((column) => row[column]?.trim() ?? '').join(' ');

function vehicleMessages(profile: VehicleProfile, numbers: NumberReader, batchSize: number): MessageMaker {
  const timeOf = makeTimeReader(profile.time);
  let deviceId = '';
  let atMs: number | null = null;
  let gathered: VehicleReading[] = [];

  function take(): readonly DeviceMessage[] {
    if (gathered.length === 0) return [];
    const value = { deviceId, vehicleType: profile.vehicleType, sentAt: null, readings: gathered };
    const message = { subject: 'TelemetryBatch', deviceId, readings: gathered.length, atMs, value } as const;
    gathered = [];
    return [message];
  }
  return {
    add(row, rowNumber) {
      const { column, pattern, prefix } = profile.device;
      const found = pattern.exec(row[column] ?? '')?.[1];
      if (found === undefined) throw new UnreadableRow(`${column} "${row[column] ?? ''}" names no device`);
      const rowDevice = `${prefix}${found.toLowerCase()}`;
      const before = rowDevice === deviceId ? [] : take();
      deviceId = rowDevice;
      const time = timeOf(textOf(row, profile.time.columns));
      atMs = time.ms ?? atMs;
      gathered.push({
        ...vehicleNumbers(profile, row, numbers),
        time: time.text,
        sequence: rowNumber,
        mode: row[profile.mode] || null,
        odometerKm: null,
        tripId: row[profile.tripId] || null,
        emergency: null,
        faults: [],
      });
      return gathered.length >= batchSize ? [...before, ...take()] : before;
    },
    end: take,
    badCells: numbers.bad,
  };
}

function vehicleNumbers({ numbers: columns }: VehicleProfile, row: Row, numbers: NumberReader) {
  return {
    latitude: numbers.read(row, columns.latitude),
    longitude: numbers.read(row, columns.longitude),
    altitudeM: numbers.read(row, columns.altitudeM),
    speedKmh: numbers.read(row, columns.speedKmh),
    gpsSpeedKmh: numbers.read(row, columns.gpsSpeedKmh),
    speedLimitKmh: numbers.read(row, columns.speedLimitKmh),
    batteryPercent: numbers.read(row, columns.batteryPercent),
    temperatureC: numbers.read(row, columns.temperatureC),
    humidityPercent: numbers.read(row, columns.humidityPercent),
  };
}

function turbineMessages(profile: TurbineProfile, numbers: NumberReader): MessageMaker {
  const timeOf = makeTimeReader(profile.time);
  const { turbineId: deviceId, intervalSeconds, numbers: columns } = profile;
  return {
    add(row, rowNumber) {
      const time = timeOf(textOf(row, profile.time.columns));
      const value: TurbineReading = {
        turbineId: deviceId,
        time: time.text,
        sequence: rowNumber,
        activePowerKw: numbers.read(row, columns.activePowerKw),
        windSpeedMs: numbers.read(row, columns.windSpeedMs),
        theoreticalPowerKw: numbers.read(row, columns.theoreticalPowerKw),
        windDirectionDeg: numbers.read(row, columns.windDirectionDeg),
        intervalSeconds,
      };
      return [{ subject: 'TurbineReading', deviceId, readings: 1, atMs: time.ms, value }];
    },
    end: () => [],
    badCells: numbers.bad,
  };
}

/** Rows stand in the order of their start; a trip's end is held back until the file has come that far. */
function tripMessages(profile: TripProfile, numbers: NumberReader): MessageMaker {
  const timeOf = makeTimeReader(profile.time);
  let held: DeviceMessage[] = [];

  /** The file has no ids: a vehicle leaves a station at one moment once, so place and time name the trip. */
  const tripIdOf = (row: Row): string => {
    const { text, ms } = timeOf(row[profile.start.time]?.trim() ?? '');
    const began = ms === null ? text : new Date(ms).toISOString();
    return `${profile.city}-${row[profile.start.stationId]?.trim() ?? ''}-${began}`;
  };
  function event(row: Row, columns: StationColumns, kind: 'UNDOCKED' | 'DOCKED'): DeviceMessage {
    const stationId = row[columns.stationId]?.trim() ?? '';
    if (stationId === '') throw new UnreadableRow(`${columns.stationId} is empty: no station to report for`);
    const time = timeOf(row[columns.time]?.trim() ?? '');
    const deviceId = `${profile.prefix}${stationId}`;
    const value: VehicleBayEvent = {
      sourceId: deviceId,
      kind,
      time: time.text,
      // Stations keep no counter, so a row that the file has twice is one event.
      sequence: null,
      city: profile.city,
      vehicleId: null,
      vehicleType: profile.vehicleType,
      stationId,
      tripId: tripIdOf(row),
      latitude: numbers.read(row, columns.latitude),
      longitude: numbers.read(row, columns.longitude),
      speedKmh: null,
      batteryPercent: null,
      odometerKm: null,
      bikesAvailable: null,
      docksAvailable: null,
      faults: [],
    };
    return { subject: 'VehicleBayEvent', deviceId, readings: 1, atMs: time.ms, value };
  }
  function due(untilMs: number): readonly DeviceMessage[] {
    const ready = held.filter(({ atMs }) => (atMs ?? 0) <= untilMs);
    if (ready.length === 0) return ready;
    held = held.filter(({ atMs }) => (atMs ?? 0) > untilMs);
    return ready.toSorted((a, b) => (a.atMs ?? 0) - (b.atMs ?? 0));
  }
  return {
    add(row) {
      const undocked = event(row, profile.start, 'UNDOCKED');
      const docked = event(row, profile.end, 'DOCKED');
      const before = due(undocked.atMs ?? Number.NEGATIVE_INFINITY);
      held.push(docked);
      return [...before, undocked];
    },
    end: () => due(Number.POSITIVE_INFINITY),
    badCells: numbers.bad,
  };
}
