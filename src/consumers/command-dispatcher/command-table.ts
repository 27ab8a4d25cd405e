import type { VehicleCommand, VehicleCommandState, VehicleStatus } from '../../catalogue/events.generated.ts';
import type { KnownVehicle } from '../../core/fleet/command-policy.ts';
import type { PoolClient } from '../../postgres/pool.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';

/** A command and how far it has come. */
export interface CommandRow {
  readonly commandId: string;
  readonly vehicleId: string;
  readonly state: VehicleCommandState;
  readonly expiresAtMs: number | null;
  readonly attempts: number;
  /** The command as it was issued. */
  readonly content: VehicleCommand;
}

interface StoredRow {
  readonly command_id: string;
  readonly vehicle_id: string;
  readonly state: VehicleCommandState;
  readonly expires_at: Date | null;
  readonly attempts: number;
  readonly content: VehicleCommand;
}

/** Columns of {@link commandRow}. */
export const commandColumns = 'command_id, vehicle_id, state, expires_at, attempts, content';

export function commandRow(row: StoredRow): CommandRow {
  return {
    commandId: row.command_id,
    vehicleId: row.vehicle_id,
    state: row.state,
    expiresAtMs: row.expires_at?.getTime() ?? null,
    attempts: row.attempts,
    content: row.content,
  };
}

/** How a command begins its life, by the policy. */
export interface Judged {
  readonly state: VehicleCommandState;
  readonly rule: string;
  readonly reason: string | null;
  readonly atMs: number;
}

const insertSql = `
  insert into vehicle_command (command_id, vehicle_id, command, state, priority, issued_by, issued_at, expires_at, state_at,
    rule, result_code, result_detail, correlation_id, next_attempt_at, content)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  on conflict (command_id) do nothing`;

/** Keeps a command; false when it is there already. */
export async function insertCommand(client: PoolClient, command: VehicleCommand, judged: Judged): Promise<boolean> {
  const allowed = judged.state === 'ISSUED';
  const { rowCount } = await client.query(insertSql, [
    command.commandId,
    storableText(command.vehicleId),
    command.command,
    judged.state,
    command.priority,
    storableText(command.issuedBy),
    new Date(command.issuedAt),
    command.expiresAt === null ? null : new Date(command.expiresAt),
    new Date(judged.atMs),
    judged.rule,
    allowed ? null : `policy:${judged.rule}`,
    judged.reason === null ? null : storableText(judged.reason),
    command.correlationId === null ? null : storableText(command.correlationId),
    allowed ? new Date(judged.atMs) : null,
    storableJson(command),
  ]);
  return rowCount === 1;
}

/** A command, held until the transaction ends; null when there is none. */
export async function lockedCommand(client: PoolClient, commandId: string): Promise<CommandRow | null> {
  const { rows } = await client.query<StoredRow>(
    `select ${commandColumns} from vehicle_command where command_id = $1 for update`,
    [commandId],
  );
  return rows[0] === undefined ? null : commandRow(rows[0]);
}

/** Moves a command on; from then on it is only sent again when its vehicle says that it listens. */
export async function updateCommand(
  client: PoolClient,
  commandId: string,
  step: {
    readonly state: VehicleCommandState;
    readonly atMs: number;
    readonly code: string | null;
    readonly detail: string | null;
  },
): Promise<void> {
  await client.query(
    `update vehicle_command set state = $2, state_at = $3, result_code = $4, result_detail = $5, next_attempt_at = null
     where command_id = $1`,
    [
      commandId,
      step.state,
      new Date(step.atMs),
      step.code === null ? null : storableText(step.code),
      step.detail === null ? null : storableText(step.detail),
    ],
  );
}

/** Makes every open command of a vehicle due at once: it has just begun to listen. */
export async function makeDue(client: PoolClient, vehicleId: string, nowMs: number): Promise<number> {
  const { rowCount } = await client.query(
    `update vehicle_command set next_attempt_at = $2
     where vehicle_id = $1 and state in ('ISSUED', 'DELIVERED', 'ACCEPTED') and (expires_at is null or expires_at > $2)`,
    [vehicleId, new Date(nowMs)],
  );
  return rowCount ?? 0;
}

/** What is known of a vehicle; null when nothing is. */
export async function knownVehicle(client: PoolClient, vehicleId: string): Promise<KnownVehicle | null> {
  const { rows } = await client.query<{
    readonly status: VehicleStatus;
    readonly battery_percent: number | null;
    readonly heard_at: Date;
    readonly emergency: boolean;
  }>(
    `select status, battery_percent, heard_at, exists (select from fleet_emergency e
       where e.vehicle_id = v.vehicle_id and e.state not in ('RESOLVED', 'FALSE_ALARM')) as emergency
     from fleet_vehicle v where vehicle_id = $1`,
    [vehicleId],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    status: row.status,
    batteryPercent: row.battery_percent,
    heardAtMs: row.heard_at.getTime(),
    emergencyOpen: row.emergency,
  };
}
