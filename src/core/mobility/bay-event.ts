import type { VehicleBayEvent } from '../../catalogue/events.generated.ts';
import { operatingAreaAt } from '../alerting/areas.ts';
import { readReportedTime } from '../cleaning/reported-time.ts';
import { plausibleMs } from '../cleaning/timeline.ts';
import { type Rejection, rejected } from '../cleaning/verdict.ts';
import type { EntityChange } from './entity.ts';
import { type Place, placeOf } from './fate.ts';
import { isPlainText } from './plain-text.ts';
import type { Trip } from './trip.ts';

/** What an event of a bay or a shared vehicle means: for stations and vehicles, and for a trip that it names. */
export interface BayMeaning {
  readonly fate: 'understood';
  readonly changes: readonly EntityChange[];
  readonly trips: readonly Trip[];
}

/** Codes among a station's faults that say what it does not do; every other code concerns staff only. */
export const stationCodes = { notRenting: 'not-renting', notReturning: 'not-returning' } as const;

/** The record's key and the time, ms, at which the log took it. */
export interface BayRecord {
  readonly key: string | null;
  readonly receivedMs: number;
}

/** Reads what an event says; pure, so that the same record always means the same. */
export function readBayEvent(event: VehicleBayEvent, { key, receivedMs }: BayRecord): BayMeaning | Rejection {
  if (key !== event.sourceId) {
    return rejected(
      'device-id-mismatch',
      `the value is of ${quoted(event.sourceId)}, the record's key is ${quoted(key)}`,
    );
  }
  if (event.kind === 'UNKNOWN') {
    return rejected('kind-unknown', 'kind is UNKNOWN, allowed are TELEMETRY, DOCKED, UNDOCKED and BAY_STATUS');
  }
  const ms = plausibleMs(readReportedTime(event.time, null), receivedMs);
  if (ms === null) {
    return rejected(
      'time-impossible',
      `time ${quoted(event.time)} is no RFC 3339 time from 2000 up to an hour from now`,
    );
  }
  if (event.vehicleId?.includes('/') === true) {
    return rejected(
      'no-usable-value',
      `vehicleId ${quoted(event.vehicleId)} contains a slash, which only stations' keys do`,
    );
  }
  const unusable = [event.sourceId, event.vehicleId, event.stationId, event.tripId, event.city, event.vehicleType].find(
    (text) => text !== null && !isPlainText(text),
  );
  if (unusable !== undefined) {
    return rejected(
      'no-usable-value',
      `${quoted(unusable)} names nothing: 1 to 128 characters, none of them a control character`,
    );
  }
  const place = placeOf(event);
  if (event.kind === 'TELEMETRY') return understood([telemetryOf(event, ms, place)]);
  return atStation(event, ms, place);
}

function understood(changes: readonly EntityChange[], trips: readonly Trip[] = []): BayMeaning {
  return { fate: 'understood', changes, trips };
}

function telemetryOf(event: VehicleBayEvent, ms: number, place: Place): EntityChange {
  const { sequence, vehicleType, batteryPercent, faults } = event;
  const reading = { ms, sequence, vehicleType, city: cityOf(event, place), place, batteryPercent, faults };
  return { kind: 'VEHICLE', vehicleId: event.vehicleId ?? event.sourceId, change: { change: 'reported', ...reading } };
}

/** Where nobody names the city, the operating area that holds the position does. */
function cityOf({ city }: VehicleBayEvent, { latitude, longitude }: Place): string | null {
  if (city !== null) return city;
  return latitude === null || longitude === null ? null : (operatingAreaAt({ latitude, longitude })?.city ?? null);
}

function atStation(event: VehicleBayEvent, ms: number, place: Place): BayMeaning | Rejection {
  const city = cityOf(event, place);
  if (city === null) {
    return rejected(
      'no-usable-value',
      'city is missing, and no operating area holds the position; stations are numbered by city',
    );
  }
  const at: At = { city, stationId: event.stationId ?? event.sourceId, ms, place };
  if (event.kind === 'BAY_STATUS') return counted(event, at);
  const trips = tripsOf(event, at);
  const changes = [movement(event, at), ...vehicleMovement(event, at)];
  return understood(changes, trips);
}

interface At {
  readonly city: string;
  readonly stationId: string;
  readonly ms: number;
  readonly place: Place;
}

const identityOf = ({ kind, sequence, sourceId, vehicleId, tripId, vehicleType }: VehicleBayEvent, ms: number) => ({
  ms,
  sequence: null,
  // Bays of one station count each for itself, so the counter alone tells nothing at the station.
  name: `${kind} ${sequence === null ? [vehicleId ?? '', tripId ?? '', vehicleType ?? ''].join(' ') : `${sourceId} ${sequence}`}`,
});

function counted(event: VehicleBayEvent, { city, stationId, ms, place }: At): BayMeaning | Rejection {
  const vehicles = wholeCount(event.bikesAvailable);
  const docks = wholeCount(event.docksAvailable);
  if (vehicles === null && docks === null) {
    return rejected('no-usable-value', 'BAY_STATUS needs bikesAvailable or docksAvailable, 0 to 100,000');
  }
  const change = {
    change: 'counted',
    identity: identityOf(event, ms),
    vehicleType: event.vehicleType,
    vehicles,
    docks,
    renting: !event.faults.includes(stationCodes.notRenting),
    returning: !event.faults.includes(stationCodes.notReturning),
    place,
  } as const;
  return understood([{ kind: 'STATION', city, stationId, change }]);
}

/** More vehicles than a station can have. */
const largestCount = 100_000;

const wholeCount = (count: number | null): number | null =>
  count !== null && count >= 0 && count <= largestCount ? count : null;

function movement(event: VehicleBayEvent, { city, stationId, ms, place }: At): EntityChange {
  const by = event.kind === 'DOCKED' ? 1 : -1;
  const change = {
    change: 'moved',
    identity: identityOf(event, ms),
    vehicleType: event.vehicleType,
    by,
    place,
  } as const;
  return { kind: 'STATION', city, stationId, change };
}

function vehicleMovement(event: VehicleBayEvent, { city, stationId, ms, place }: At): readonly EntityChange[] {
  const { vehicleId, vehicleType, tripId } = event;
  if (vehicleId === null) return [];
  const change = event.kind === 'DOCKED' ? 'docked' : 'undocked';
  const known = { ms, vehicleType, city, place, stationId, namedRide: tripId !== null };
  return [{ kind: 'VEHICLE', vehicleId, change: { change, ...known } }];
}

function tripsOf(event: VehicleBayEvent, { city, stationId, ms, place }: At): readonly Trip[] {
  const { tripId, vehicleId, vehicleType } = event;
  if (tripId === null) return [];
  const stop = { ms, stationId, ...place };
  const [start, end] = event.kind === 'DOCKED' ? [null, stop] : [stop, null];
  return [{ tripId, city, vehicleId, vehicleType, start, end }];
}

function quoted(text: string | null): string {
  return JSON.stringify(text !== null && text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
