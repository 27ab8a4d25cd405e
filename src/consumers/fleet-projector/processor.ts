import type { FallbackEvent, VehicleState } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { float8Array, textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { storableText } from '../../postgres/storable-text.ts';
import type { BatchProcessor, Item } from '../batch/processor.ts';
import { type EffectDependencies, makeEffectProcessor } from '../effects/effect-processor.ts';

export const fleetProjector = 'fleet-projector';

type State = Item<VehicleState>;

/** Keeps the newest state of every vehicle, and ends the fallback of one that is heard again. */
export function makeProjectorProcessor(dependencies: EffectDependencies<VehicleState>): BatchProcessor<VehicleState> {
  return makeEffectProcessor<VehicleState>({
    ...dependencies,
    consumer: fleetProjector,
    work: async (items, { client, effects }) => {
      const newest = newestStates(items);
      for (const { fallback, item } of await endedFallbacks(client, newest)) {
        effects.event({
          topic: 'safety.fallback.v1',
          key: item.value.vehicleId,
          subject: 'FallbackEvent',
          value: exited(fallback, item),
          event: {
            id: derivedId(fallback.fallback_id, `${fleetProjector}/exited`, 0),
            type: 'fallback.exited',
            time: new Date(item.timestampMs).toISOString(),
            traceparent: item.event.traceparent,
          },
        });
      }
      await keep(client, newest);
      return items.map(() => 'applied');
    },
  });
}

/** The newest state of each vehicle in the batch, in the order of vehicles, so that two writers lock rows alike. */
function newestStates(items: readonly State[]): readonly State[] {
  const newest = new Map<string, State>();
  for (const item of items) {
    const known = newest.get(item.value.vehicleId);
    if (known === undefined || item.value.time >= known.value.time) newest.set(item.value.vehicleId, item);
  }
  return [...newest.values()].sort((left, right) => (left.value.vehicleId < right.value.vehicleId ? -1 : 1));
}

interface Fallback {
  readonly vehicle_id: string;
  readonly fallback_id: string;
  readonly fallback_at: Date;
}

async function endedFallbacks(client: PoolClient, newest: readonly State[]) {
  const { rows } = await client.query<Fallback>(
    `select vehicle_id, fallback_id, fallback_at from fleet_vehicle
     where vehicle_id = any($1::text[]) and fallback_id is not null order by vehicle_id for update`,
    [newest.map(({ value }) => value.vehicleId)],
  );
  const byVehicle = new Map(rows.map((row) => [row.vehicle_id, row]));
  return newest.flatMap((item) => {
    const fallback = byVehicle.get(item.value.vehicleId);
    return fallback === undefined ? [] : [{ fallback, item }];
  });
}

function exited({ fallback_id, fallback_at }: Fallback, { value, timestampMs }: State): FallbackEvent {
  return {
    fallbackId: fallback_id,
    vehicleId: value.vehicleId,
    mode: 'DEGRADED',
    state: 'EXITED',
    cause: 'CONNECTIVITY_LOST',
    occurredAt: timestampMs,
    durationMs: Math.max(0, timestampMs - fallback_at.getTime()),
    latitude: value.latitude,
    longitude: value.longitude,
    speedKmh: value.speedKmh,
    faults: [],
    softwareVersion: null,
    operatorId: null,
    tripId: value.tripId,
    emergencyId: null,
    city: value.city,
  };
}

const keepSql = `
  insert into fleet_vehicle as v (vehicle_id, vehicle_type, status, time, heard_at, latitude, longitude, speed_kmh,
    battery_percent, trip_id, city)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::float8[], $7::float8[],
    $8::float8[], $9::float8[], $10::text[], $11::text[])
  on conflict (vehicle_id) do update set
    vehicle_type = excluded.vehicle_type, status = excluded.status, time = excluded.time, latitude = excluded.latitude,
    longitude = excluded.longitude, speed_kmh = excluded.speed_kmh, battery_percent = excluded.battery_percent,
    trip_id = excluded.trip_id, city = excluded.city, heard_at = greatest(v.heard_at, excluded.heard_at)
  where v.time <= excluded.time`;

const heardSql = `
  update fleet_vehicle v set heard_at = greatest(v.heard_at, h.heard_at), fallback_id = null, fallback_at = null
  from unnest($1::text[], $2::timestamptz[]) as h(vehicle_id, heard_at)
  where v.vehicle_id = h.vehicle_id and (v.fallback_id is not null or v.heard_at < h.heard_at)`;

async function keep(client: PoolClient, newest: readonly State[]): Promise<void> {
  const values = newest.map(({ value }) => value);
  await client.query(keepSql, [
    textArray(values.map(({ vehicleId }) => storableText(vehicleId))),
    textArray(values.map(({ vehicleType }) => storableText(vehicleType))),
    textArray(values.map(({ status }) => status)),
    timestamptzArray(values.map(({ time }) => time)),
    timestamptzArray(newest.map(({ timestampMs }) => timestampMs)),
    float8Array(values.map(({ latitude }) => latitude)),
    float8Array(values.map(({ longitude }) => longitude)),
    float8Array(values.map(({ speedKmh }) => speedKmh)),
    float8Array(values.map(({ batteryPercent }) => batteryPercent)),
    textArray(values.map(({ tripId }) => (tripId === null ? null : storableText(tripId)))),
    textArray(values.map(({ city }) => (city === null ? null : storableText(city)))),
  ]);
  // What comes late is no newer state, but the vehicle was heard.
  await client.query(heardSql, [
    textArray(values.map(({ vehicleId }) => storableText(vehicleId))),
    timestamptzArray(newest.map(({ timestampMs }) => timestampMs)),
  ]);
}
