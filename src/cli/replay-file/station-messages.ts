import type { VehicleBayEvent } from '../../catalogue/events.generated.ts';
import { stationCodes } from '../../core/mobility/bay-event.ts';
import type { DeviceMessage } from '../devices/device-message.ts';
import { type MessageMaker, type NumberReader, type Row, UnreadableRow } from './message-maker.ts';
import type { StationProfile } from './profile.ts';

/** A station counts its vehicles by type: a row with two types is two events of one moment. */
export function stationMessages(profile: StationProfile, numbers: NumberReader): MessageMaker {
  const { columns } = profile;

  function eventsOf(row: Row): readonly VehicleBayEvent[] {
    const stationId = row[columns.stationId]?.trim() ?? '';
    if (stationId === '') throw new UnreadableRow(`${columns.stationId} is empty: no station to report for`);
    const counts = countsByType(row, profile) ?? [[profile.vehicleType, numbers.read(row, columns.vehicles)] as const];
    const faults = codesOf(row, profile);
    const docksAvailable = numbers.read(row, columns.docks);
    return counts.map(([vehicleType, bikesAvailable]) => ({
      sourceId: `${profile.prefix}${stationId}`,
      kind: 'BAY_STATUS',
      time: timeOf(row[columns.reportedAt]?.trim() ?? '').text,
      sequence: null,
      city: profile.city,
      vehicleId: null,
      vehicleType,
      stationId,
      tripId: null,
      latitude: null,
      longitude: null,
      speedKmh: null,
      batteryPercent: null,
      odometerKm: null,
      bikesAvailable,
      docksAvailable,
      faults,
    }));
  }
  return {
    add: (row) =>
      eventsOf(row).map((value): DeviceMessage => {
        const { ms: atMs } = timeOf(row[columns.reportedAt]?.trim() ?? '');
        return { subject: 'VehicleBayEvent', deviceId: value.sourceId, readings: 1, atMs, value };
      }),
    end: () => [],
    badCells: numbers.bad,
  };
}

/** Feeds tell Unix time; anything else is sent as it stands, and the bus judges it. */
function timeOf(text: string): { readonly text: string; readonly ms: number | null } {
  const ms = /^\d{1,11}$/.test(text) ? Number(text) * 1000 : null;
  return ms === null ? { text, ms } : { text: new Date(ms).toISOString(), ms };
}

/** Counts by type, as feeds from version 2.1 on give them: `[{"vehicle_type_id":"bike","count":3}]`. */
function countsByType(row: Row, { columns }: StationProfile): readonly (readonly [string, number])[] | null {
  const text = row[columns.vehiclesByType]?.trim() ?? '';
  if (text === '') return null;
  const list = parsed(text);
  const counts = Array.isArray(list) ? list.flatMap(countOf) : [];
  return counts.length === 0 ? null : counts;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function countOf(entry: unknown): readonly (readonly [string, number])[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { vehicle_type_id: type, count } = entry as Readonly<Record<string, unknown>>;
  return typeof type === 'string' && typeof count === 'number' && Number.isInteger(count) ? [[type, count]] : [];
}

function codesOf(row: Row, { columns }: StationProfile): readonly string[] {
  const not = (column: string) => row[column]?.trim().toLowerCase() === 'false';
  const closed = not(columns.installed);
  return [
    ...(closed || not(columns.renting) ? [stationCodes.notRenting] : []),
    ...(closed || not(columns.returning) ? [stationCodes.notReturning] : []),
  ];
}
