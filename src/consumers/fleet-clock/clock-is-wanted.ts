import { capacityWindowMs } from '../../core/fleet/capacity.ts';
import { resultPatienceMs } from '../../core/fleet/command-lifecycle.ts';
import { reportingStates, silentAfterMs } from '../../core/fleet/silence.ts';
import { windowStartMs } from '../../core/windows/window.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { mayGo } from '../../postgres/set-aside.ts';

const wantedSql = `
  select exists (select from event_outbox o where ${mayGo('event_outbox')})
      or exists (select from vehicle_command where state in ('ISSUED', 'DELIVERED', 'ACCEPTED') and next_attempt_at <= $1)
      or exists (select from vehicle_command where state in ('ISSUED', 'DELIVERED') and expires_at <= $1)
      or exists (select from vehicle_command where state = 'ACCEPTED' and expires_at <= $2)
      or exists (select from fleet_vehicle where fallback_id is null and heard_at <= $3 and status = any($4::text[]))
      or exists (select from fleet_dispatch where status = 'REQUESTED')
      or exists (select from fleet_vehicle where heard_at > $5)
         and not exists (select from fleet_capacity where window_start = $6) as wanted`;

const capacityHeardWithinMs = 24 * 3_600_000;

/** Whether a call of the fleet clock would find anything to do; one query that reads a few index entries. */
export async function clockIsWanted(pool: Pool, nowMs: number): Promise<boolean> {
  const windowMs = windowStartMs(nowMs, capacityWindowMs) - capacityWindowMs;
  const times = [nowMs, nowMs - resultPatienceMs, nowMs - silentAfterMs].map((ms) => new Date(ms));
  const { rows } = await onConnection(pool, (client) =>
    client.query<{ wanted: boolean }>(wantedSql, [
      ...times,
      reportingStates,
      new Date(nowMs - capacityHeardWithinMs),
      new Date(windowMs),
    ]),
  );
  return rows[0]?.wanted ?? false;
}
