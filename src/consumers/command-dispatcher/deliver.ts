import { AppError } from '../../core/errors/app-error.ts';
import { resendAfterMs } from '../../core/fleet/command-lifecycle.ts';
import type { DeviceDownlink } from '../../ports/device-downlink/device-downlink.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import type { Log } from '../batch/invocation-report.ts';
import { type CommandRow, commandColumns, commandRow } from './command-table.ts';

export interface Delivery {
  readonly pool: Pool;
  readonly downlink: DeviceDownlink;
  readonly log: Log;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
}

const batchRows = 100;

/**
 * Sends the commands that are due, those of one vehicle in the order given, safety first. The rows are held meanwhile,
 * so that two senders cannot overtake each other. What the broker does not take stays due. Returns how many it took.
 * @param vehicleIds - only of these; null: of all
 */
export async function deliverDue(delivery: Delivery, vehicleIds: readonly string[] | null): Promise<number> {
  if (vehicleIds?.length === 0) return 0;
  for (let sent = 0; ; ) {
    const result = await inTransaction(delivery.pool, (client) => deliverSome(client, delivery, vehicleIds));
    sent += result.sent;
    if (result.found < batchRows || result.failed) return sent;
  }
}

async function deliverSome(client: PoolClient, delivery: Delivery, vehicleIds: readonly string[] | null) {
  const { downlink, log, clock } = delivery;
  const { rows } = await client.query(
    `select ${commandColumns} from vehicle_command
     where state in ('ISSUED', 'DELIVERED', 'ACCEPTED') and next_attempt_at <= $1
       and (state = 'ACCEPTED' or expires_at is null or expires_at > $1) and ($2::text[] is null or vehicle_id = any($2))
     order by vehicle_id, (priority = 'SAFETY') desc, number limit ${batchRows} for update`,
    [new Date(clock()), vehicleIds],
  );
  const due = rows.map(commandRow);
  // What comes behind a command that could not be sent waits for it.
  const stuck = new Set<string>();
  let sent = 0;
  for (const row of due) {
    if (stuck.has(row.vehicleId) || isTooLate(row, clock())) continue;
    try {
      await downlink.publish(messageOf(row, clock()));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      stuck.add(row.vehicleId);
      log.warn({ code: error.code, vehicleId: row.vehicleId, commandId: row.commandId }, error.message);
      continue;
    }
    await noteAttempt(client, row, clock());
    sent += 1;
  }
  return { found: due.length, sent, failed: stuck.size > 0 };
}

function isTooLate({ state, expiresAtMs }: CommandRow, nowMs: number): boolean {
  return state !== 'ACCEPTED' && expiresAtMs !== null && expiresAtMs <= nowMs;
}

async function noteAttempt(
  client: PoolClient,
  { commandId, attempts, state }: CommandRow,
  nowMs: number,
): Promise<void> {
  // A vehicle that has answered is not asked again and again; it says when it listens anew.
  const next = state === 'ISSUED' ? new Date(nowMs + resendAfterMs(attempts + 1)) : null;
  await client.query(
    'update vehicle_command set attempts = attempts + 1, sent_at = $2, next_attempt_at = $3 where command_id = $1',
    [commandId, new Date(nowMs), next],
  );
}

/** What the vehicle receives: the command with its id, by which it knows a repetition. */
function messageOf({ vehicleId, attempts, expiresAtMs, content }: CommandRow, nowMs: number) {
  const { commandId, command, priority, requiresAck, parameters } = content;
  const optional = {
    destinationLatitude: content.destinationLatitude,
    destinationLongitude: content.destinationLongitude,
    speedLimitKmh: content.speedLimitKmh,
    softwareVersion: content.softwareVersion,
    tripId: content.tripId,
    operationId: content.operationId,
  };
  const payload = JSON.stringify({
    commandId,
    command,
    priority,
    requiresAck,
    attempt: attempts + 1,
    issuedAt: new Date(content.issuedAt).toISOString(),
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  });
  const left = expiresAtMs === null ? Number.NaN : (expiresAtMs - nowMs) / 1000;
  return { deviceId: vehicleId, payload, ...(left > 0 ? { expiresInSeconds: left } : {}) };
}
