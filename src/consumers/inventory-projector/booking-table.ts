import type { Booking } from '../../core/mobility/booking.ts';
import { int8Array, textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { storableJson } from '../../postgres/storable-text.ts';

/** The stored bookings among those asked for. */
export async function readBookings(
  client: PoolClient,
  bookingIds: readonly string[],
): Promise<ReadonlyMap<string, Booking>> {
  if (bookingIds.length === 0) return new Map();
  const { rows } = await client.query<{ booking_id: string; memory: Booking }>({
    name: 'read-bookings',
    text: 'select booking_id, memory from mobility_booking where booking_id = any($1::text[])',
    values: [textArray(bookingIds)],
  });
  return new Map(rows.map(({ booking_id, memory }) => [booking_id, memory]));
}

const storeSql = `
  insert into mobility_booking (booking_id, city, language, currency, status, payment, amount_minor, vehicle_id,
    vehicle_type, pickup_station_id, return_station_id, trip_id, started_at, returned_at, updated_at, memory)
  select r.booking_id, r.city, r.language, r.currency, r.status, r.payment, r.amount_minor, r.vehicle_id, r.vehicle_type,
    r.pickup_station_id, r.return_station_id, r.trip_id, r.started_at, r.returned_at, r.updated_at, r.memory::jsonb
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::timestamptz[],
    $16::text[])
    as r(booking_id, city, language, currency, status, payment, amount_minor, vehicle_id, vehicle_type,
      pickup_station_id, return_station_id, trip_id, started_at, returned_at, updated_at, memory)
  on conflict (booking_id) do update set
    language = excluded.language, currency = excluded.currency, status = excluded.status, payment = excluded.payment,
    amount_minor = excluded.amount_minor, vehicle_id = excluded.vehicle_id, vehicle_type = excluded.vehicle_type,
    pickup_station_id = excluded.pickup_station_id, return_station_id = excluded.return_station_id,
    trip_id = excluded.trip_id, started_at = excluded.started_at, returned_at = excluded.returned_at,
    updated_at = excluded.updated_at, memory = excluded.memory`;

export async function storeBookings(client: PoolClient, bookings: readonly Booking[]): Promise<void> {
  if (bookings.length === 0) return;
  await client.query({
    name: 'store-bookings',
    text: storeSql,
    values: [
      textArray(bookings.map(({ bookingId }) => bookingId)),
      textArray(bookings.map(({ city }) => city)),
      textArray(bookings.map(({ language }) => language)),
      textArray(bookings.map(({ currency }) => currency)),
      textArray(bookings.map(({ status }) => status)),
      textArray(bookings.map(({ payment }) => payment)),
      int8Array(bookings.map(({ amountMinor }) => amountMinor)),
      textArray(bookings.map(({ vehicleId }) => vehicleId)),
      textArray(bookings.map(({ vehicleType }) => vehicleType)),
      textArray(bookings.map(({ pickupStationId }) => pickupStationId)),
      textArray(bookings.map(({ returnStationId }) => returnStationId)),
      textArray(bookings.map(({ tripId }) => tripId)),
      timestamptzArray(bookings.map(({ startedAt }) => startedAt)),
      timestamptzArray(bookings.map(({ returnedAt }) => returnedAt)),
      timestamptzArray(bookings.map(({ updatedMs }) => updatedMs)),
      textArray(bookings.map(storableJson)),
    ],
  });
}
