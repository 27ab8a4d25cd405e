import { nextStep, resultPatienceMs } from '../../core/fleet/command-lifecycle.ts';
import { commandColumns, commandRow } from '../command-dispatcher/command-table.ts';
import { takeStep } from '../command-dispatcher/take-step.ts';
import type { EffectContext } from '../effects/effect-processor.ts';

const details = {
  EXPIRED: 'The vehicle did not take the command in time.',
  FAILED: 'The vehicle took the command and never told its end.',
} as const;

/** Ends the commands whose time is over; at most 500 at once. Returns how many. */
export async function expireCommands(context: EffectContext, name: string): Promise<number> {
  const { client, nowMs } = context;
  const { rows } = await client.query(
    `select ${commandColumns} from vehicle_command
     where (state in ('ISSUED', 'DELIVERED') and expires_at <= $1) or (state = 'ACCEPTED' and expires_at <= $2)
     order by vehicle_id, number limit 500 for update`,
    [new Date(nowMs), new Date(nowMs - resultPatienceMs)],
  );
  let ended = 0;
  for (const row of rows.map(commandRow)) {
    const step = nextStep({ state: row.state, expiresAtMs: row.expiresAtMs }, { kind: 'clock' }, nowMs);
    if (!('to' in step)) continue;
    const detail = step.to === 'EXPIRED' ? details.EXPIRED : details.FAILED;
    await takeStep(context, row, {
      step: { to: step.to, atMs: nowMs, code: step.resultCode, detail },
      // A command ends once, so its id and the state name the cause.
      cause: { id: `${row.commandId}/${step.to}`, consumer: name, actorId: name, actorKind: 'SERVICE' },
    });
    ended += 1;
  }
  return ended;
}
