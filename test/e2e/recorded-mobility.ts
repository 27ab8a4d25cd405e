import { readFileSync } from 'node:fs';
import type { Bus } from './bus.ts';
import { eventsOf, sql } from './observing.ts';

/** What the recorded files of shared bikes say by themselves, read without any code of the bus. */

const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);

export interface StationCount {
  readonly entityId: string;
  readonly vehicles: number;
  readonly docks: number;
  /** ms since 1970-01-01 UTC */
  readonly updatedAt: number;
}

/** The last snapshot of every station, by key; columns by their place, because the last cell has commas of its own. */
export function lastSnapshots(file: string): readonly StationCount[] {
  const last = new Map<string, StationCount>();
  for (const line of linesOf(file).slice(1)) {
    const cells = line.split(',');
    const entityId = `oslo/${cells[4]}`;
    const [reported = 0, vehicles = 0, docks = 0] = [cells[8], cells[9], cells[11]].map(Number);
    const before = last.get(entityId);
    if (before !== undefined && before.updatedAt > reported * 1000) continue;
    last.set(entityId, { entityId, vehicles, docks, updatedAt: reported * 1000 });
  }
  return [...last.values()].toSorted(byEntity);
}

export interface RecordedTrips {
  readonly rows: number;
  /** Rows that stand in the file more than once count once. */
  readonly trips: number;
  /** Whole seconds, summed over the trips. */
  readonly seconds: number;
  /** Trips between every two stations, `from>to`. */
  readonly between: Readonly<Record<string, number>>;
}

export function recordedTrips(file: string): RecordedTrips {
  const [, ...lines] = linesOf(file);
  const trips = [...new Set(lines)].map((line) => line.split(','));
  const between: Record<string, number> = {};
  for (const cells of trips) {
    const way = `${cells[3]}>${cells.at(-5)}`;
    between[way] = (between[way] ?? 0) + 1;
  }
  const seconds = trips.reduce((sum, cells) => sum + Number(cells[2]), 0);
  return { rows: lines.length, trips: trips.length, seconds, between };
}

/** The same of the bus's read model, of rides that both stations have told. */
export async function storedTrips(bus: Bus): Promise<Omit<RecordedTrips, 'rows'>> {
  const ways = await sql<{ way: string; trips: number; seconds: number }>(
    bus,
    `select start_station_id || '>' || end_station_id as way, count(*)::int as trips,
       sum(floor(duration_seconds))::int as seconds
     from mobility_trip where city = 'oslo' and started_at is not null and ended_at is not null group by 1`,
  );
  return {
    trips: ways.reduce((sum, { trips }) => sum + trips, 0),
    seconds: ways.reduce((sum, { seconds }) => sum + seconds, 0),
    between: Object.fromEntries(ways.map(({ way, trips }) => [way, trips])),
  };
}

const byEntity = (left: { readonly entityId: string }, right: { readonly entityId: string }) =>
  left.entityId < right.entityId ? -1 : 1;

/** What the read model tells of every station and vehicle. */
export async function storedAvailability(bus: Bus): Promise<readonly Told[]> {
  const rows = await sql<Told>(
    bus,
    `select entity_id as "entityId", kind, city, status, booking_id as "bookingId", battery_percent as "batteryPercent",
       vehicles_available as vehicles, docks_available as docks,
       (extract(epoch from updated_at) * 1000)::float8 as "updatedAt"
     from availability`,
  );
  return rows.toSorted(byEntity);
}

export type Told = Readonly<Record<string, unknown>> & { readonly entityId: string };

/** The newest record of every key of the topic: what is left of it once it is compacted. */
export async function newestUpdates(bus: Bus): Promise<readonly Told[]> {
  const newest = new Map<string, Told>();
  for (const { key, data } of await eventsOf(bus, 'veh.inventory.updates')) {
    const { kind, city, status, bookingId, batteryPercent, updatedAt } = data;
    const [vehicles, docks] = [data['vehiclesAvailable'], data['docksAvailable']];
    const counts = { vehicles, docks, updatedAt: Number(updatedAt) };
    newest.set(key, { entityId: key, kind, city, status, bookingId, batteryPercent, ...counts });
  }
  return [...newest.values()].toSorted(byEntity);
}
