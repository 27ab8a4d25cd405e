import type { CleanedReading, VehicleTelemetry } from '../../catalogue/events.generated.ts';
import {
  float8Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
  uuidArray,
} from '../../postgres/binary-array.ts';
import { storedEventId } from '../../postgres/stored-event-id.ts';
import type { Item } from '../batch/processor.ts';

/** How the records of one kind become rows of one table. */
export interface ReadingTable<T> {
  readonly table: string;
  readonly granularity: 'day' | 'month';
  /** Rows that the items make together. */
  rowCount(items: readonly Item<T>[]): number;
  /** Inserts what is not there; parameters: topic, partition, then `columns`. */
  readonly insertSql: string;
  columns(items: readonly Item<T>[]): readonly Buffer[];
  /** Coordinates of the stored copies of the items; parameters: device ids, times, event ids. */
  readonly storedSql: string;
  deviceId(value: T): string;
}

/** No flag or fault code contains it. */
const separator = '\u001f';

function joined(values: readonly string[]): string | null {
  return values.length === 0 ? null : values.join(separator);
}

function ids(items: readonly Item<unknown>[]): Buffer {
  return uuidArray(items.map(({ event }) => storedEventId(event.id)));
}

export const vehicleTable: ReadingTable<VehicleTelemetry> = {
  table: 'vehicle_reading',
  granularity: 'day',
  rowCount: (items) => items.length,
  deviceId: ({ vehicleId }) => vehicleId,
  insertSql: `
    insert into vehicle_reading (topic, partition, vehicle_id, time, event_id, "offset", sequence, latitude, longitude,
      altitude_m, speed_kmh, speed_limit_kmh, battery_percent, odometer_km, distance_km, temperature_c, humidity_percent,
      mode, trip_id, emergency, received_at, faults, quality)
    select $1::text, $2::integer, r.vehicle_id, r.time, r.event_id, r."offset", r.sequence, r.latitude, r.longitude,
      r.altitude_m, r.speed_kmh, r.speed_limit_kmh, r.battery_percent, r.odometer_km, r.distance_km, r.temperature_c,
      r.humidity_percent, r.mode, r.trip_id, r.emergency, r.received_at,
      string_to_array(r.faults, e'\\x1f'), string_to_array(r.quality, e'\\x1f')
    from unnest($3::text[], $4::timestamptz[], $5::uuid[], $6::bigint[], $7::bigint[], $8::float8[], $9::float8[],
      $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::float8[], $15::float8[], $16::float8[],
      $17::float8[], $18::text[], $19::text[], $20::text[], $21::timestamptz[], $22::text[], $23::text[])
      as r(vehicle_id, time, event_id, "offset", sequence, latitude, longitude, altitude_m, speed_kmh, speed_limit_kmh,
        battery_percent, odometer_km, distance_km, temperature_c, humidity_percent, mode, trip_id, emergency,
        received_at, faults, quality)
    on conflict do nothing`,
  columns: (items) => {
    const values = items.map(({ value }) => value);
    return [
      textArray(values.map(({ vehicleId }) => vehicleId)),
      timestamptzArray(values.map(({ time }) => time)),
      ids(items),
      int8Array(items.map(({ offset }) => offset)),
      int8Array(values.map(({ sequence }) => sequence)),
      float8Array(values.map(({ latitude }) => latitude)),
      float8Array(values.map(({ longitude }) => longitude)),
      float8Array(values.map(({ altitudeM }) => altitudeM)),
      float8Array(values.map(({ speedKmh }) => speedKmh)),
      float8Array(values.map(({ speedLimitKmh }) => speedLimitKmh)),
      float8Array(values.map(({ batteryPercent }) => batteryPercent)),
      float8Array(values.map(({ odometerKm }) => odometerKm)),
      float8Array(values.map(({ distanceKm }) => distanceKm)),
      float8Array(values.map(({ temperatureC }) => temperatureC)),
      float8Array(values.map(({ humidityPercent }) => humidityPercent)),
      textArray(values.map(({ mode }) => mode)),
      textArray(values.map(({ tripId }) => tripId)),
      textArray(values.map(({ emergency }) => emergency)),
      timestamptzArray(values.map(({ receivedAt }) => receivedAt)),
      textArray(values.map(({ faults }) => joined(faults))),
      textArray(values.map(({ quality }) => joined(quality))),
    ];
  },
  storedSql: `
    select r.event_id, r.topic, r.partition, r."offset"
    from unnest($1::text[], $2::timestamptz[], $3::uuid[]) as i(vehicle_id, time, event_id)
    join vehicle_reading r using (vehicle_id, time, event_id)`,
};

/** Each value of a reading with its item, as far as a row can hold it twice-free: the first value of a metric counts. */
function* measured(items: readonly Item<CleanedReading>[]) {
  for (const item of items) {
    const { measurements } = item.value;
    for (const [index, measurement] of measurements.entries()) {
      if (measurements.findIndex(({ metric }) => metric === measurement.metric) === index) yield { item, measurement };
    }
  }
}

export const measurementTable: ReadingTable<CleanedReading> = {
  table: 'measurement',
  granularity: 'month',
  rowCount: (items) => {
    let count = 0;
    for (const { value } of items) count += new Set(value.measurements.map(({ metric }) => metric)).size;
    return count;
  },
  deviceId: ({ deviceId }) => deviceId,
  insertSql: `
    insert into measurement (topic, partition, device_id, metric, time, event_id, value, unit, "offset", sequence,
      interval_seconds, received_at, quality)
    select $1::text, $2::integer, m.device_id, m.metric, m.time, m.event_id, m.value, m.unit, m."offset", m.sequence,
      m.interval_seconds, m.received_at, string_to_array(m.quality, e'\\x1f')
    from unnest($3::text[], $4::text[], $5::timestamptz[], $6::uuid[], $7::float8[], $8::text[], $9::bigint[],
      $10::bigint[], $11::integer[], $12::timestamptz[], $13::text[])
      as m(device_id, metric, time, event_id, value, unit, "offset", sequence, interval_seconds, received_at, quality)
    on conflict do nothing`,
  columns: (items) => {
    const rows = [...measured(items)];
    return [
      textArray(rows.map(({ item }) => item.value.deviceId)),
      textArray(rows.map(({ measurement }) => measurement.metric)),
      timestamptzArray(rows.map(({ item }) => item.value.time)),
      ids(rows.map(({ item }) => item)),
      float8Array(rows.map(({ measurement }) => measurement.value)),
      textArray(rows.map(({ measurement }) => measurement.unit)),
      int8Array(rows.map(({ item }) => item.offset)),
      int8Array(rows.map(({ item }) => item.value.sequence)),
      int4Array(rows.map(({ item }) => item.value.intervalSeconds)),
      timestamptzArray(rows.map(({ item }) => item.value.receivedAt)),
      textArray(rows.map(({ item }) => joined(item.value.quality))),
    ];
  },
  storedSql: `
    select distinct on (m.event_id) m.event_id, m.topic, m.partition, m."offset"
    from unnest($1::text[], $2::timestamptz[], $3::uuid[]) as i(device_id, time, event_id)
    join measurement m using (device_id, time, event_id)`,
};
