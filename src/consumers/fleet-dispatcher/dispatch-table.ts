import type { DispatchStatus, VehicleStatus } from '../../catalogue/events.generated.ts';
import type { Candidate } from '../../core/fleet/dispatch.ts';
import { dispatchedTypes, reachKm } from '../../core/fleet/dispatch.ts';
import type { Position } from '../../core/geometry.ts';
import type { PoolClient } from '../../postgres/pool.ts';

/** A request for a vehicle and how far it has come. */
export interface DispatchRow {
  readonly dispatchId: string;
  readonly status: DispatchStatus;
  readonly giveUpAtMs: number;
  readonly pickup: Position;
  readonly city: string | null;
  readonly tripId: string | null;
  readonly operationId: string | null;
  readonly vehicleId: string | null;
  readonly commandId: string | null;
  /** Vehicles that did not take it. */
  readonly tried: readonly string[];
}

interface StoredRow {
  readonly dispatch_id: string;
  readonly status: DispatchStatus;
  readonly give_up_at: Date;
  readonly latitude: number;
  readonly longitude: number;
  readonly city: string | null;
  readonly trip_id: string | null;
  readonly operation_id: string | null;
  readonly vehicle_id: string | null;
  readonly command_id: string | null;
  readonly tried: string[];
}

const columns =
  'dispatch_id, status, give_up_at, latitude, longitude, city, trip_id, operation_id, vehicle_id, command_id, tried';

function dispatchRow(row: StoredRow): DispatchRow {
  return {
    dispatchId: row.dispatch_id,
    status: row.status,
    giveUpAtMs: row.give_up_at.getTime(),
    pickup: { latitude: row.latitude, longitude: row.longitude },
    city: row.city,
    tripId: row.trip_id,
    operationId: row.operation_id,
    vehicleId: row.vehicle_id,
    commandId: row.command_id,
    tried: row.tried,
  };
}

/** Waits for the turn to assign vehicles; statements after it see what earlier turns did. */
export async function takeTurn(client: PoolClient): Promise<void> {
  await client.query(`select turn from fleet_turn where turn = 'dispatch' for update`);
}

/** Keeps a request; false when it is there already. */
export async function insertDispatch(
  client: PoolClient,
  row: Omit<DispatchRow, 'status' | 'vehicleId' | 'commandId' | 'tried'> & { readonly atMs: number },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into fleet_dispatch (dispatch_id, status, requested_at, give_up_at, status_at, latitude, longitude, city, trip_id,
       operation_id)
     values ($1, 'REQUESTED', $2, $3, $2, $4, $5, $6, $7, $8) on conflict (dispatch_id) do nothing`,
    [
      row.dispatchId,
      new Date(row.atMs),
      new Date(row.giveUpAtMs),
      row.pickup.latitude,
      row.pickup.longitude,
      row.city,
      row.tripId,
      row.operationId,
    ],
  );
  return rowCount === 1;
}

export async function lockedDispatch(client: PoolClient, dispatchId: string): Promise<DispatchRow | null> {
  const sql = `select ${columns} from fleet_dispatch where dispatch_id = $1 for update`;
  const { rows } = await client.query<StoredRow>(sql, [dispatchId]);
  return rows[0] === undefined ? null : dispatchRow(rows[0]);
}

/** The dispatch that a command serves; null for any other command. */
export async function dispatchOfCommand(client: PoolClient, commandId: string): Promise<DispatchRow | null> {
  const sql = `select ${columns} from fleet_dispatch where command_id = $1 for update`;
  const { rows } = await client.query<StoredRow>(sql, [commandId]);
  return rows[0] === undefined ? null : dispatchRow(rows[0]);
}

/** Requests that still wait for a vehicle, the oldest first. */
export async function waitingDispatches(client: PoolClient): Promise<readonly DispatchRow[]> {
  const sql = `select ${columns} from fleet_dispatch where status = 'REQUESTED' order by requested_at limit 200 for update`;
  const { rows } = await client.query<StoredRow>(sql);
  return rows.map(dispatchRow);
}

/** A change of a dispatch; what is left out stays. */
export interface DispatchChange {
  readonly status: DispatchStatus;
  readonly atMs: number;
  readonly vehicleId: string | null;
  readonly commandId: string | null;
  readonly tried: readonly string[];
  readonly distanceKm?: number | null;
  readonly candidates?: number | null;
  readonly reason?: string | null;
}

export async function updateDispatch(client: PoolClient, dispatchId: string, change: DispatchChange): Promise<void> {
  await client.query(
    `update fleet_dispatch set status = $2, status_at = $3, vehicle_id = $4, command_id = $5, tried = $6,
       distance_km = coalesce($7, distance_km), candidates = coalesce($8, candidates), reason = $9
     where dispatch_id = $1`,
    [
      dispatchId,
      change.status,
      new Date(change.atMs),
      change.vehicleId,
      change.commandId,
      change.tried,
      change.distanceKm ?? null,
      change.candidates ?? null,
      change.reason ?? null,
    ],
  );
}

const kmPerDegree = 111;

/** Vehicles near a place that no dispatch, fallback or emergency has, without those that were tried. */
export async function candidatesNear(
  client: PoolClient,
  { latitude, longitude }: Position,
  tried: readonly string[],
): Promise<readonly Candidate[]> {
  const high = reachKm / kmPerDegree;
  const wide = high / Math.max(0.01, Math.cos((latitude * Math.PI) / 180));
  const { rows } = await client.query<{
    readonly vehicle_id: string;
    readonly vehicle_type: string;
    readonly status: VehicleStatus;
    readonly battery_percent: number | null;
    readonly latitude: number;
    readonly longitude: number;
    readonly heard_at: Date;
  }>(
    `select vehicle_id, vehicle_type, status, battery_percent, latitude, longitude, heard_at from fleet_vehicle v
     where latitude between $1 and $2 and longitude between $3 and $4 and fallback_id is null
       and vehicle_type = any($5::text[]) and not vehicle_id = any($6::text[])
       and not exists (select from fleet_dispatch d where d.vehicle_id = v.vehicle_id
         and d.status in ('ASSIGNED', 'REASSIGNED', 'ACCEPTED', 'EN_ROUTE'))
       and not exists (select from fleet_emergency e where e.vehicle_id = v.vehicle_id
         and e.state not in ('RESOLVED', 'FALSE_ALARM'))`,
    [latitude - high, latitude + high, longitude - wide, longitude + wide, dispatchedTypes, tried],
  );
  return rows.map((row) => ({
    vehicleId: row.vehicle_id,
    vehicleType: row.vehicle_type,
    status: row.status,
    batteryPercent: row.battery_percent,
    position: { latitude: row.latitude, longitude: row.longitude },
    heardAtMs: row.heard_at.getTime(),
  }));
}
