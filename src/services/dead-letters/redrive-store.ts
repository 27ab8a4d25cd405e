import { AppError } from '../../core/errors/app-error.ts';
import { type LetterQuery, queryText } from '../../core/redrive/letter-query.ts';
import type { RedrivePlan } from '../../core/redrive/plan.ts';
import { inTransaction, onConnection, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { recordAction } from './action-trail.ts';
import { isUuid, named, type PageRequest, unknown } from './letter-store.ts';
import type { Page } from './letter-views.ts';
import { cursorOf, placeOf } from './page-cursor.ts';
import type { PlannedLetter } from './redrive-plan.ts';
import type { RedriveRequest } from './redrive-request.ts';

export type RedriveState = 'planned' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

/** A redrive and how far it is. Times are RFC 3339. */
export interface RedriveStatus {
  readonly redriveId: string;
  readonly state: RedriveState;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly reason: string | null;
  readonly selection: LetterQuery;
  /** null: each letter to its own topic, addressed to the consumer that failed. */
  readonly targetTopic: string | null;
  readonly migration: string | null;
  readonly perSecond: number;
  readonly keyOrder: 'kept' | 'ignored';
  readonly total: number;
  readonly sent: number;
  readonly pending: number;
  /** Refused when it was planned, or given back when it was cancelled. */
  readonly skipped: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** True while a program sends; false for a running one whose program is gone. */
  readonly alive: boolean;
  readonly error: string | null;
}

export interface NewRedrive {
  readonly redriveId: string;
  readonly request: RedriveRequest;
  readonly plan: RedrivePlan<PlannedLetter>;
}

/**
 * Stores a redrive and takes its letters, all or nothing.
 * @throws AppError EVENTBUS_DLQ_LETTERS_CHANGED when one of them is no longer open
 */
export async function createRedrive(pool: Pool, { redriveId, request, plan }: NewRedrive): Promise<void> {
  const { query, transform, toTopic, actor } = request;
  const ids = plan.send.map(({ id }) => id);
  await inTransaction(pool, async (client) => {
    await client.query(
      `insert into redrive (redrive_id, state, requested_by, reason, selection, target_topic, addressed, migration,
         migration_checksum, letters_per_second, max_redrives, key_order, total)
       values ($1, 'planned', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        redriveId,
        actor,
        request.reason ?? null,
        JSON.stringify(query),
        toTopic ?? null,
        toTopic === undefined,
        transform?.name ?? null,
        transform?.checksum ?? null,
        request.perSecond,
        request.maxRedrives,
        request.acceptReordering ? 'ignored' : 'kept',
        ids.length,
      ],
    );
    const taken = await client.query(
      `update dead_letter set status = 'redriving', changed_at = now() where letter_id = any($1::uuid[]) and status = 'open'`,
      [ids],
    );
    if (taken.rowCount !== ids.length) {
      const what = `${ids.length - (taken.rowCount ?? 0)} of ${ids.length} letters are no longer open`;
      throw new AppError('EVENTBUS_DLQ_LETTERS_CHANGED', what);
    }
    await insertLetters(client, redriveId, plan);
    const detail = { selection: queryText(query), reason: request.reason ?? null, ...changesOf(request) };
    const letters = ids.length;
    await recordAction(client, { actor, action: 'redrive', redriveId, letters, detail, ...named(query) });
  });
}

function changesOf({ transform, toTopic, acceptReordering }: RedriveRequest) {
  return { migration: transform?.name ?? null, toTopic: toTopic ?? null, acceptReordering };
}

async function insertLetters(client: PoolClient, redriveId: string, plan: RedrivePlan<PlannedLetter>): Promise<void> {
  await client.query(
    `insert into redrive_letter (redrive_id, letter_id, position)
     select $1, s.id, s.position - 1 from unnest($2::uuid[]) with ordinality as s(id, position)`,
    [redriveId, plan.send.map(({ id }) => id)],
  );
  await client.query(
    `insert into redrive_letter (redrive_id, letter_id, position, state, reason)
     select $1, s.id, $4 + s.position, 'skipped', s.reason
     from unnest($2::uuid[], $3::text[]) with ordinality as s(id, reason, position)`,
    [
      redriveId,
      plan.refused.map(({ letter }) => letter.id),
      plan.refused.map(({ reason, detail }) => `${reason}: ${detail}`.slice(0, 2000)),
      plan.send.length,
    ],
  );
}

interface RedriveRow {
  readonly redrive_id: string;
  readonly state: RedriveState;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly reason: string | null;
  readonly selection: LetterQuery;
  readonly target_topic: string | null;
  readonly migration: string | null;
  readonly letters_per_second: number;
  readonly key_order: 'kept' | 'ignored';
  readonly total: number;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly error: string | null;
  readonly alive: boolean;
  readonly sent: number;
  readonly pending: number;
  readonly skipped: number;
}

const statusSql = `
  select r.*, r.state = 'running' and coalesce(r.lease_until > now(), false) as alive, c.sent, c.pending, c.skipped
  from redrive r cross join lateral (
    select count(*) filter (where state = 'sent')::integer as sent,
      count(*) filter (where state = 'pending')::integer as pending,
      count(*) filter (where state in ('skipped', 'failed'))::integer as skipped
    from redrive_letter l where l.redrive_id = r.redrive_id) as c`;

function statusOf(row: RedriveRow): RedriveStatus {
  return {
    redriveId: row.redrive_id,
    state: row.state,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    reason: row.reason,
    selection: row.selection,
    targetTopic: row.target_topic,
    migration: row.migration,
    perSecond: row.letters_per_second,
    keyOrder: row.key_order,
    total: row.total,
    sent: row.sent,
    pending: row.pending,
    skipped: row.skipped,
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    alive: row.alive,
    error: row.error,
  };
}

/** @throws AppError EVENTBUS_DLQ_UNKNOWN */
export async function oneRedrive(pool: Pool, id: string): Promise<RedriveStatus> {
  const { rows } = isUuid(id)
    ? await onConnection(pool, (client) => client.query<RedriveRow>(`${statusSql} where r.redrive_id = $1`, [id]))
    : { rows: [] };
  const [row] = rows;
  if (row === undefined) throw unknown('redrive', id);
  return statusOf(row);
}

/** Redrives, latest first; `unfinished`: only those that have not ended. */
export async function listRedrives(
  pool: Pool,
  page: PageRequest & { readonly unfinished?: boolean },
): Promise<Page<RedriveStatus>> {
  const after = page.after === undefined ? undefined : placeOf(page.after);
  const { rows } = await onConnection(pool, (client) =>
    client.query<RedriveRow>(
      `${statusSql}
       where ($2::timestamptz is null or (date_trunc('milliseconds', r.requested_at), r.redrive_id) < ($2, $3::uuid))
         and (not $4::boolean or r.state in ('planned', 'running', 'paused'))
       order by date_trunc('milliseconds', r.requested_at) desc, r.redrive_id desc limit $1`,
      [page.limit + 1, after?.time ?? null, after?.id ?? null, page.unfinished === true],
    ),
  );
  const items = rows.slice(0, page.limit).map(statusOf);
  const last = items.at(-1);
  const more = rows.length > page.limit && last !== undefined;
  return { items, next: more ? cursorOf({ time: last.requestedAt, id: last.redriveId }) : null };
}
