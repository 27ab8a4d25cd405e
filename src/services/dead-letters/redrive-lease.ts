import { AppError } from '../../core/errors/app-error.ts';
import { inTransaction, onConnection, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { recordAction } from './action-trail.ts';
import type { LetterRow } from './letter-views.ts';
import { oneRedrive, type RedriveState, type RedriveStatus } from './redrive-store.ts';

/** How long a program that was killed keeps others from taking over, seconds. */
export const leaseSeconds = 30;

/** Who sends, and for whom. */
export interface Runner {
  readonly redriveId: string;
  /** Unlike any other program's. */
  readonly runner: string;
  readonly actor: string;
}

/**
 * Takes a redrive that waits or whose program is gone.
 * @throws AppError EVENTBUS_DLQ_REDRIVE_STATE when it has ended or somebody else sends; EVENTBUS_DLQ_UNKNOWN
 */
export async function claimRedrive(pool: Pool, { redriveId, runner, actor }: Runner): Promise<RedriveStatus> {
  const before = await oneRedrive(pool, redriveId);
  await inTransaction(pool, async (client) => {
    const claimed = await client.query(
      `update redrive set state = 'running', runner = $2, lease_until = now() + make_interval(secs => $3), error = null,
         started_at = coalesce(started_at, now())
       where redrive_id = $1 and state in ('planned', 'running', 'paused')
         and (runner is null or runner = $2 or lease_until < now())`,
      [redriveId, runner, leaseSeconds],
    );
    if (claimed.rowCount !== 1) throw stateError(before);
    if (before.startedAt === null) return;
    await recordAction(client, { actor, action: 'resume', redriveId, letters: before.pending, detail: {} });
  });
  return oneRedrive(pool, redriveId);
}

function stateError({ redriveId, state, alive }: RedriveStatus): AppError {
  const what = alive ? 'is being sent by another program' : `is ${state}`;
  return new AppError('EVENTBUS_DLQ_REDRIVE_STATE', `${redriveId} ${what}`, { details: { redriveId, state } });
}

/** A pending letter and its place in the order of sending. */
export interface PendingLetter extends LetterRow {
  readonly position: number;
}

export async function nextPending(pool: Pool, redriveId: string, limit: number): Promise<readonly PendingLetter[]> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<PendingLetter>(
      `select l.*, r.position from redrive_letter r join dead_letter l using (letter_id)
       where r.redrive_id = $1 and r.state = 'pending' order by r.position limit $2`,
      [redriveId, limit],
    ),
  );
  return rows;
}

/**
 * Marks letters as sent and prolongs the lease; answers the state that the redrive is in by now.
 * @throws AppError EVENTBUS_DLQ_REDRIVE_STATE when somebody else has taken over
 */
export async function markSent(
  pool: Pool,
  { redriveId, runner }: Runner,
  letters: readonly { readonly letter_id: string; readonly sentTopic: string }[],
): Promise<RedriveState> {
  return inTransaction(pool, async (client) => {
    const state = await renewLease(client, { redriveId, runner });
    if (letters.length > 0) {
      const ids = letters.map(({ letter_id }) => letter_id);
      await client.query(
        `update redrive_letter r set state = 'sent', sent_topic = s.topic, changed_at = now()
         from unnest($2::uuid[], $3::text[]) as s(id, topic) where r.redrive_id = $1 and r.letter_id = s.id`,
        [redriveId, ids, letters.map(({ sentTopic }) => sentTopic)],
      );
      await client.query(
        `update dead_letter set status = 'redriven', changed_at = now() where letter_id = any($1::uuid[])`,
        [ids],
      );
    }
    return state;
  });
}

async function renewLease(client: PoolClient, { redriveId, runner }: Omit<Runner, 'actor'>): Promise<RedriveState> {
  const { rows } = await client.query<{ state: RedriveState }>(
    `update redrive set lease_until = now() + make_interval(secs => $3) where redrive_id = $1 and runner = $2 returning state`,
    [redriveId, runner, leaseSeconds],
  );
  const [row] = rows;
  if (row !== undefined) return row.state;
  throw new AppError('EVENTBUS_DLQ_REDRIVE_STATE', `${redriveId} was taken over by another program`);
}

/** Ends the sending: all letters are sent, or it stops in between and says why. */
export async function release(
  pool: Pool,
  { redriveId, runner, actor }: Runner,
  end: { readonly state: 'done' | 'paused'; readonly error: string | null },
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const held = await client.query<{ state: RedriveState }>(
      'select state from redrive where redrive_id = $1 and runner = $2 for update',
      [redriveId, runner],
    );
    const before = held.rows[0]?.state;
    if (before === undefined) return;
    const state = before === 'cancelled' ? before : end.state;
    await client.query(
      `update redrive set runner = null, lease_until = null, error = $2, state = $3,
         finished_at = case when $3 in ('done', 'cancelled') then now() end where redrive_id = $1`,
      [redriveId, end.error, state],
    );
    // Whoever paused or cancelled it has told so already.
    if (before !== 'running' && state !== 'done') return;
    const { rows } = await client.query<{ sent: number }>(
      `select count(*)::integer as sent from redrive_letter where redrive_id = $1 and state = 'sent'`,
      [redriveId],
    );
    const action = state === 'done' ? 'finish' : 'pause';
    const detail = end.error === null ? {} : { error: end.error };
    await recordAction(client, { actor, action, redriveId, letters: rows[0]?.sent ?? 0, detail });
  });
}

/** Gives the letters that were not sent back to triage. */
export async function releaseLetters(client: PoolClient, redriveId: string): Promise<number> {
  const { rowCount } = await client.query(
    `with given as (
       update redrive_letter set state = 'skipped', reason = 'cancelled', changed_at = now()
       where redrive_id = $1 and state = 'pending' returning letter_id)
     update dead_letter set status = 'open', changed_at = now()
     where status = 'redriving' and letter_id in (select letter_id from given)`,
    [redriveId],
  );
  return rowCount ?? 0;
}

interface Ending {
  readonly redriveId: string;
  readonly actor: string;
}

/**
 * Asks the program that sends to stop; what it is sending at the moment is still counted.
 * @throws AppError EVENTBUS_DLQ_REDRIVE_STATE when the redrive does not run
 */
export async function pauseRedrive(pool: Pool, { redriveId, actor }: Ending): Promise<RedriveStatus> {
  const before = await oneRedrive(pool, redriveId);
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `update redrive set state = 'paused' where redrive_id = $1 and state in ('planned', 'running')`,
      [redriveId],
    );
    if (rowCount !== 1) throw stateError(before);
    await recordAction(client, { actor, action: 'pause', redriveId, letters: before.sent, detail: {} });
  });
  return oneRedrive(pool, redriveId);
}

/**
 * Ends a redrive for good; letters that were not sent are open again, at once or as soon as the program that sends
 * has noticed.
 * @throws AppError EVENTBUS_DLQ_REDRIVE_STATE when it has ended already
 */
export async function cancelRedrive(pool: Pool, { redriveId, actor }: Ending): Promise<RedriveStatus> {
  const before = await oneRedrive(pool, redriveId);
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ held: boolean }>(
      `update redrive set state = 'cancelled', finished_at = now()
       where redrive_id = $1 and state in ('planned', 'running', 'paused')
       returning runner is not null and lease_until > now() as held`,
      [redriveId],
    );
    const [row] = rows;
    if (row === undefined) throw stateError(before);
    const letters = row.held ? before.pending : await releaseLetters(client, redriveId);
    await recordAction(client, { actor, action: 'cancel', redriveId, letters, detail: {} });
  });
  return oneRedrive(pool, redriveId);
}
