import type { InventoryUpdate } from '../../catalogue/events.generated.ts';
import { hasSeen, nothingSeen, remember, type Seen } from '../cleaning/seen.ts';
import { type Counter, countOf, newCounter, withMove, withSnapshot } from './counter.ts';
import { applied, duplicate, type Fate, late, type Place } from './fate.ts';

/** A vehicle of a station that a booking keeps for its customer. */
export interface Hold {
  /** Type of vehicle booked; null when any will do. */
  readonly vehicleType: string | null;
  readonly fromMs: number;
  /** Null when only an event ends it. */
  readonly untilMs: number | null;
}

/** What is known of a station; small plain JSON. */
export interface Station {
  readonly kind: 'STATION';
  readonly city: string;
  readonly stationId: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** Vehicles that stand there, by type. */
  readonly types: Readonly<Record<string, Counter>>;
  readonly docks: Counter;
  /** By booking. */
  readonly holds: Readonly<Record<string, Hold>>;
  readonly renting: boolean | null;
  readonly returning: boolean | null;
  readonly seen: Seen;
  /** Newest time of anything that was applied, ms: the station's clock. */
  readonly updatedMs: number;
}

/** What identifies an event of a station: its time, its counter, and what it says where there is none. */
interface BayIdentity {
  readonly ms: number;
  readonly sequence: number | null;
  readonly name: string;
}

export type StationChange =
  | {
      readonly change: 'counted';
      readonly identity: BayIdentity;
      /** Type that `vehicles` counts; null when all types are counted together. */
      readonly vehicleType: string | null;
      readonly vehicles: number | null;
      readonly docks: number | null;
      readonly renting: boolean;
      readonly returning: boolean;
      readonly place: Place;
    }
  | {
      readonly change: 'moved';
      readonly identity: BayIdentity;
      readonly vehicleType: string | null;
      /** 1: a vehicle came; -1: one left. */
      readonly by: 1 | -1;
      readonly place: Place;
    }
  | { readonly change: 'held'; readonly ms: number; readonly bookingId: string; readonly hold: Hold }
  | { readonly change: 'freed'; readonly ms: number; readonly bookingId: string };

export interface StationStep {
  readonly station: Station;
  readonly fate: Fate;
}

/** Type of vehicles that nobody named. */
export const unknownType = 'unknown';

export function newStation(city: string, stationId: string): Station {
  return {
    kind: 'STATION',
    city,
    stationId,
    latitude: null,
    longitude: null,
    types: {},
    docks: newCounter,
    holds: {},
    renting: null,
    returning: null,
    seen: nothingSeen,
    updatedMs: 0,
  };
}

/** Applies one event to a station. */
export function changeStation(station: Station, change: StationChange): StationStep {
  switch (change.change) {
    case 'counted':
      return counted(station, change);
    case 'moved':
      return moved(station, change);
    case 'held':
      return held(station, change);
    case 'freed':
      return freed(station, change);
    default:
      return change satisfies never;
  }
}

type Of<C extends StationChange['change']> = Extract<StationChange, { change: C }>;

function counted(station: Station, change: Of<'counted'>): StationStep {
  const { identity, vehicleType, vehicles, docks } = change;
  const { ms } = identity;
  if (hasSeen(station.seen, identity)) return { station, fate: duplicate };
  const types = vehicles === null ? station.types : withCount(station, { ms, vehicleType, vehicles });
  const dockCounter = docks === null ? station.docks : withSnapshot(station.docks, ms, docks);
  if (types === null || dockCounter === null) {
    const newest = Math.max(...[station.docks, ...Object.values(station.types)].map(knownUntil));
    return { station, fate: late(ms, newest, 'a count') };
  }
  const newest = ms >= station.updatedMs;
  return {
    station: touched(station, ms, {
      ...knownPlace(station, change.place),
      types,
      docks: dockCounter,
      renting: newest ? change.renting : station.renting,
      returning: newest ? change.returning : station.returning,
      seen: remember(station.seen, identity),
    }),
    fate: applied,
  };
}

const knownUntil = ({ snapshotMs, settledMs }: Counter): number => Math.max(snapshotMs ?? 0, settledMs ?? 0);

interface TypeCount {
  readonly ms: number;
  readonly vehicleType: string | null;
  readonly vehicles: number;
}

/** A count by type and a count of everything exclude each other: the newer kind replaces the other. */
function withCount({ types }: Station, { ms, vehicleType, vehicles }: TypeCount): Station['types'] | null {
  const type = vehicleType ?? unknownType;
  const counter = withSnapshot(counterOf(types, type), ms, vehicles);
  if (counter === null) return null;
  if (vehicleType === null) return { [unknownType]: counter };
  const { [unknownType]: _all, ...byType } = types;
  return { ...byType, [type]: counter };
}

function moved(station: Station, change: Of<'moved'>): StationStep {
  const { identity, by } = change;
  if (hasSeen(station.seen, identity)) return { station, fate: duplicate };
  const type = change.vehicleType ?? onlyType(station) ?? unknownType;
  const of = station.types[unknownType] === undefined ? type : unknownType;
  const counter = withMove(counterOf(station.types, of), identity.ms, by);
  const docks = withMove(station.docks, identity.ms, -by);
  // Remembered also when a count contains it: a second copy must not be told apart by what was counted meanwhile.
  const seen = remember(station.seen, identity);
  if (counter === null && docks === null) {
    const newest = Math.max(knownUntil(counterOf(station.types, of)), knownUntil(station.docks));
    return { station: { ...station, seen }, fate: late(identity.ms, newest, 'the count that contains it,') };
  }
  const types = counter === null ? station.types : { ...station.types, [of]: counter };
  const next = { ...knownPlace(station, change.place), types, docks: docks ?? station.docks, seen };
  return { station: touched(station, identity.ms, next), fate: applied };
}

/** A type named `constructor` is a type like any other. */
function counterOf(types: Station['types'], type: string): Counter {
  return Object.hasOwn(types, type) ? (types[type] ?? newCounter) : newCounter;
}

function onlyType({ types }: Station): string | undefined {
  const [type, another] = Object.keys(types);
  return another === undefined ? type : undefined;
}

function held(station: Station, { ms, bookingId, hold }: Of<'held'>): StationStep {
  const holds = { ...station.holds, [bookingId]: hold };
  return { station: touched(station, ms, { holds }), fate: applied };
}

function freed(station: Station, { ms, bookingId }: Of<'freed'>): StationStep {
  if (!Object.hasOwn(station.holds, bookingId)) return { station, fate: applied };
  const { [bookingId]: _ended, ...holds } = station.holds;
  return { station: touched(station, ms, { holds }), fate: applied };
}

/** Moves the station's clock on, and drops holds that have run out by it. */
function touched(station: Station, ms: number, given: Partial<Station>): Station {
  const next = { ...station, ...given, updatedMs: Math.max(station.updatedMs, ms) };
  const holds = Object.entries(next.holds).filter(([, { untilMs }]) => untilMs === null || untilMs >= next.updatedMs);
  return holds.length === Object.keys(next.holds).length ? next : { ...next, holds: Object.fromEntries(holds) };
}

function knownPlace({ latitude, longitude }: Station, place: Place): Place {
  return place.latitude === null ? { latitude, longitude } : place;
}

/** What the station offers, as the topic and the read model tell it. */
export function shownStation(entityId: string, station: Station): Omit<InventoryUpdate, 'sourceEventId'> {
  const { renting, returning, docks, updatedMs } = station;
  const holds = Object.values(station.holds).filter(({ fromMs }) => fromMs <= updatedMs);
  const byType = Object.entries(station.types).flatMap(([type, counter]) => {
    const count = countOf(counter);
    if (count === null) return [];
    const heldOfType = holds.filter(({ vehicleType }) => vehicleType === type).length;
    return [[type, renting === false ? 0 : Math.max(0, count - heldOfType)] as const];
  });
  const counts = Object.values(station.types).flatMap((counter) => countOf(counter) ?? []);
  const standing = counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
  const free = standing === null ? null : Math.max(0, standing - holds.length);
  const freeDocks = countOf(docks);
  return {
    entityId,
    kind: 'STATION',
    updatedAt: updatedMs,
    city: station.city,
    status: renting === false && returning === false ? 'OUT_OF_SERVICE' : standing === null ? 'UNKNOWN' : 'AVAILABLE',
    vehicleType: null,
    // The key names it: this field is where a vehicle stands.
    stationId: null,
    latitude: station.latitude,
    longitude: station.longitude,
    batteryPercent: null,
    rangeKm: null,
    bookingId: null,
    vehiclesAvailable: free === null ? null : renting === false ? 0 : free,
    vehiclesByType: Object.fromEntries(byType),
    docksAvailable: freeDocks === null ? null : returning === false ? 0 : Math.max(0, freeDocks),
    renting,
    returning,
  };
}
