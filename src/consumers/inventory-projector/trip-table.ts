import type { Trip } from '../../core/mobility/trip.ts';
import { float8Array, textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import type { PoolClient } from '../../postgres/pool.ts';

/** The two ends of a trip come from two partitions, in any order; what one of them has told stays. */
const storeSql = `
  insert into mobility_trip as t (trip_id, city, vehicle_id, vehicle_type, start_station_id, started_at, start_latitude,
    start_longitude, end_station_id, ended_at, end_latitude, end_longitude)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::float8[],
    $8::float8[], $9::text[], $10::timestamptz[], $11::float8[], $12::float8[])
  on conflict (trip_id) do update set
    vehicle_id = coalesce(t.vehicle_id, excluded.vehicle_id),
    vehicle_type = coalesce(t.vehicle_type, excluded.vehicle_type),
    start_station_id = coalesce(t.start_station_id, excluded.start_station_id),
    started_at = coalesce(t.started_at, excluded.started_at),
    start_latitude = coalesce(t.start_latitude, excluded.start_latitude),
    start_longitude = coalesce(t.start_longitude, excluded.start_longitude),
    end_station_id = coalesce(t.end_station_id, excluded.end_station_id),
    ended_at = coalesce(t.ended_at, excluded.ended_at),
    end_latitude = coalesce(t.end_latitude, excluded.end_latitude),
    end_longitude = coalesce(t.end_longitude, excluded.end_longitude)`;

export async function storeTrips(client: PoolClient, trips: readonly Trip[]): Promise<void> {
  if (trips.length === 0) return;
  // Always in one order, so that two batches that share trips do not wait for each other in a circle.
  const sorted = trips.toSorted((left, right) => (left.tripId < right.tripId ? -1 : 1));
  await client.query({
    name: 'store-trips',
    text: storeSql,
    values: [
      textArray(sorted.map(({ tripId }) => tripId)),
      textArray(sorted.map(({ city }) => city)),
      textArray(sorted.map(({ vehicleId }) => vehicleId)),
      textArray(sorted.map(({ vehicleType }) => vehicleType)),
      textArray(sorted.map(({ start }) => start?.stationId ?? null)),
      timestamptzArray(sorted.map(({ start }) => start?.ms ?? null)),
      float8Array(sorted.map(({ start }) => start?.latitude ?? null)),
      float8Array(sorted.map(({ start }) => start?.longitude ?? null)),
      textArray(sorted.map(({ end }) => end?.stationId ?? null)),
      timestamptzArray(sorted.map(({ end }) => end?.ms ?? null)),
      float8Array(sorted.map(({ end }) => end?.latitude ?? null)),
      float8Array(sorted.map(({ end }) => end?.longitude ?? null)),
    ],
  });
}
