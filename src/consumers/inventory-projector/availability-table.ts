import { AppError } from '../../core/errors/app-error.ts';
import type { Entity, Shown } from '../../core/mobility/entity.ts';
import { float8Array, int4Array, int8Array, textArray, timestamptzArray } from '../../postgres/binary-array.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { storableJson } from '../../postgres/storable-text.ts';
import type { ChangedEntity, StoredEntity } from './fold-batch.ts';

/** In the order of their keys, so that two batches that share entities wait for each other and not in a circle. */
const lockSql = `
  select entity_id, kind, city, station_id, vehicle_type, status, latitude, longitude, battery_percent, booking_id,
    memory, revision
  from availability where entity_id = any($1::text[]) order by entity_id for update`;

interface LockedRow {
  readonly entity_id: string;
  readonly kind: Shown['kind'];
  readonly city: string | null;
  readonly station_id: string | null;
  readonly vehicle_type: string | null;
  readonly status: Shown['status'];
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly battery_percent: number | null;
  readonly booking_id: string | null;
  readonly memory: Entity;
  readonly revision: number;
}

/** The stored entities among those asked for, theirs until the end of the transaction. */
export async function lockEntities(
  client: PoolClient,
  entityIds: readonly string[],
): Promise<ReadonlyMap<string, StoredEntity>> {
  if (entityIds.length === 0) return new Map();
  const { rows } = await client.query<LockedRow>({
    name: 'lock-availability',
    text: lockSql,
    values: [textArray(entityIds)],
  });
  return new Map(rows.map((row) => [row.entity_id, { entity: row.memory, told: toldBy(row), revision: row.revision }]));
}

/** What decides whether a vehicle is told of again; the rest is told anew each time. */
function toldBy(row: LockedRow): Shown {
  return {
    entityId: row.entity_id,
    kind: row.kind,
    updatedAt: 0,
    city: row.city,
    status: row.status,
    vehicleType: row.vehicle_type,
    stationId: row.kind === 'STATION' ? null : row.station_id,
    latitude: row.latitude,
    longitude: row.longitude,
    batteryPercent: row.battery_percent,
    rangeKm: null,
    bookingId: row.booking_id,
    vehiclesAvailable: null,
    vehiclesByType: {},
    docksAvailable: null,
    renting: null,
    returning: null,
  };
}

/** A row that is there already was locked and so has the revision before; another one was made by somebody else meanwhile. */
const tellSql = `
  insert into availability as a (entity_id, kind, city, station_id, vehicle_type, status, latitude, longitude,
    battery_percent, booking_id, vehicles_available, vehicles_by_type, docks_available, is_renting, is_returning, updated_at,
    source_event_id, memory, revision)
  select r.entity_id, r.kind, r.city, r.station_id, r.vehicle_type, r.status, r.latitude, r.longitude, r.battery_percent,
    r.booking_id, r.vehicles_available, r.vehicles_by_type::jsonb, r.docks_available, r.is_renting::boolean,
    r.is_returning::boolean, r.updated_at, r.source_event_id, r.memory::jsonb, r.revision
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::float8[], $8::float8[],
    $9::float8[], $10::text[], $11::integer[], $12::text[], $13::integer[], $14::text[], $15::text[], $16::timestamptz[],
    $17::text[], $18::text[], $19::bigint[])
    as r(entity_id, kind, city, station_id, vehicle_type, status, latitude, longitude, battery_percent, booking_id,
      vehicles_available, vehicles_by_type, docks_available, is_renting, is_returning, updated_at, source_event_id, memory,
      revision)
  on conflict (entity_id) do update set
    city = excluded.city, station_id = excluded.station_id, vehicle_type = excluded.vehicle_type,
    status = excluded.status, latitude = excluded.latitude, longitude = excluded.longitude,
    battery_percent = excluded.battery_percent, booking_id = excluded.booking_id,
    vehicles_available = excluded.vehicles_available, vehicles_by_type = excluded.vehicles_by_type,
    docks_available = excluded.docks_available, is_renting = excluded.is_renting,
    is_returning = excluded.is_returning,
    updated_at = excluded.updated_at, source_event_id = excluded.source_event_id, memory = excluded.memory,
    revision = excluded.revision
    where a.revision = excluded.revision - 1`;

const rememberSql = `
  update availability a set memory = r.memory::jsonb
  from unnest($1::text[], $2::text[]) as r(entity_id, memory)
  where a.entity_id = r.entity_id`;

/**
 * Stores what a batch has changed.
 * @throws AppError EVENTBUS_POSTGRES_CONFLICT when another batch made one of the new entities at the same time
 */
export async function storeEntities(client: PoolClient, entities: readonly ChangedEntity[]): Promise<void> {
  const told = entities.flatMap((entity) => (entity.tell === null ? [] : [{ ...entity, tell: entity.tell }]));
  const quiet = entities.filter(({ tell }) => tell === null);
  await Promise.all([
    told.length === 0 ? undefined : tell(client, told),
    quiet.length === 0
      ? undefined
      : client.query({
          name: 'remember-availability',
          text: rememberSql,
          values: [textArray(quiet.map(({ entityId }) => entityId)), textArray(quiet.map(memoryOf))],
        }),
  ]);
}

const memoryOf = ({ entity }: ChangedEntity): string => storableJson(entity);
const flag = (value: boolean | null): string | null => (value === null ? null : String(value));

type Told = ChangedEntity & { readonly tell: Shown };

async function tell(client: PoolClient, entities: readonly Told[]): Promise<void> {
  const shown = entities.map((entity) => entity.tell);
  const stationIds = entities.map(({ entity, tell }) =>
    entity.kind === 'STATION' ? entity.stationId : tell.stationId,
  );
  const { rowCount } = await client.query({
    name: 'tell-availability',
    text: tellSql,
    values: [
      textArray(entities.map(({ entityId }) => entityId)),
      textArray(shown.map(({ kind }) => kind)),
      textArray(shown.map(({ city }) => city)),
      textArray(stationIds),
      textArray(shown.map(({ vehicleType }) => vehicleType)),
      textArray(shown.map(({ status }) => status)),
      float8Array(shown.map(({ latitude }) => latitude)),
      float8Array(shown.map(({ longitude }) => longitude)),
      float8Array(shown.map(({ batteryPercent }) => batteryPercent)),
      textArray(shown.map(({ bookingId }) => bookingId)),
      int4Array(shown.map(({ vehiclesAvailable }) => vehiclesAvailable)),
      textArray(shown.map(({ vehiclesByType }) => JSON.stringify(vehiclesByType))),
      int4Array(shown.map(({ docksAvailable }) => docksAvailable)),
      textArray(shown.map(({ renting }) => flag(renting))),
      textArray(shown.map(({ returning }) => flag(returning))),
      timestamptzArray(shown.map(({ updatedAt }) => updatedAt)),
      textArray(entities.map(({ sourceEventId }) => sourceEventId)),
      textArray(entities.map(memoryOf)),
      int8Array(entities.map(({ revision }) => revision)),
    ],
  });
  if (rowCount === entities.length) return;
  const what = `${entities.length - (rowCount ?? 0)} of ${entities.length} stations and vehicles were first seen by two batches at once`;
  throw new AppError('EVENTBUS_POSTGRES_CONFLICT', what);
}
