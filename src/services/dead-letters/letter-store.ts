import type { LetterStatus } from '../../core/dead-letters/dead-letter.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type LetterQuery, queryText, selectsAll } from '../../core/redrive/letter-query.ts';
import { inTransaction, onConnection, type Pool } from '../../postgres/pool.ts';
import { recordAction } from './action-trail.ts';
import { letterCondition } from './letter-condition.ts';
import {
  type GroupRow,
  type GroupSummary,
  groupSummary,
  type LetterRow,
  type LetterSummary,
  letterSummary,
  type Page,
} from './letter-views.ts';
import { cursorOf, placeOf } from './page-cursor.ts';

export interface PageRequest {
  /** 1 to 1000. */
  readonly limit: number;
  readonly after?: string | undefined;
}

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const groupId = /^[0-9a-f]{16}$/;

/** True for what may be the id of a letter or a redrive. */
export const isUuid = (text: string): boolean => uuid.test(text);
/** True for what may be the id of a group. */
export const isGroupId = (text: string): boolean => groupId.test(text);

const counted = (status: LetterStatus) => `count(*) filter (where l.status = '${status}')::integer as ${status}`;
const counts = [counted('open'), counted('redriving'), counted('redriven'), counted('discarded')].join(', ');

/** Groups that have letters of the query, the one seen last first; their counts are of those letters. */
export async function listGroups(pool: Pool, query: LetterQuery, page: PageRequest): Promise<Page<GroupSummary>> {
  const { sql, values } = letterCondition(query, 4);
  const after = page.after === undefined ? undefined : placeOf(page.after);
  const found = await onConnection(pool, (client) =>
    client.query<GroupRow>(
      `select g.*, ${counts} from dead_letter_group g join dead_letter l using (group_id)
       where ($2::timestamptz is null or (g.last_seen, g.group_id) < ($2, $3)) and ${sql}
       group by g.group_id order by g.last_seen desc, g.group_id desc limit $1`,
      [page.limit + 1, after?.time ?? null, after?.id ?? '', ...values],
    ),
  );
  return pageOf(found.rows.map(groupSummary), page.limit, ({ lastSeen, groupId }) => ({ time: lastSeen, id: groupId }));
}

/** Letters of the query, the one that failed last first. */
export async function listLetters(pool: Pool, query: LetterQuery, page: PageRequest): Promise<Page<LetterSummary>> {
  const { sql, values } = letterCondition(query, 4);
  const after = page.after === undefined ? undefined : placeOf(page.after);
  if (after !== undefined && !isUuid(after.id)) placeOf('');
  const found = await onConnection(pool, (client) =>
    client.query<LetterRow>(
      `select l.* from dead_letter l
       where ($2::timestamptz is null or (l.last_failed_at, l.letter_id) < ($2, $3::uuid)) and ${sql}
       order by l.last_failed_at desc, l.letter_id desc limit $1`,
      [page.limit + 1, after?.time ?? null, after?.id ?? null, ...values],
    ),
  );
  return pageOf(found.rows.map(letterSummary), page.limit, (letter) => ({
    time: letter.lastFailedAt,
    id: letter.letterId,
  }));
}

function pageOf<T>(rows: readonly T[], limit: number, place: (row: T) => { time: string; id: string }): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? cursorOf(place(last)) : null };
}

/** @throws AppError EVENTBUS_DLQ_UNKNOWN */
export async function oneLetter(pool: Pool, id: string): Promise<LetterRow> {
  const { rows } = isUuid(id)
    ? await onConnection(pool, (client) =>
        client.query<LetterRow>('select * from dead_letter where letter_id = $1', [id]),
      )
    : { rows: [] };
  const [row] = rows;
  if (row === undefined) throw unknown('letter', id);
  return row;
}

/** @throws AppError EVENTBUS_DLQ_UNKNOWN */
export async function oneGroup(pool: Pool, id: string): Promise<GroupSummary> {
  const { items } = await listGroups(pool, { group: id }, { limit: 1 });
  const [group] = items;
  if (group === undefined) throw unknown('group', id);
  return group;
}

export function unknown(kind: 'letter' | 'group' | 'redrive', id: string): AppError {
  return new AppError('EVENTBUS_DLQ_UNKNOWN', `${kind} "${id.slice(0, 80)}"`, { details: { kind, id } });
}

export interface DiscardRequest {
  readonly query: LetterQuery;
  readonly reason: string;
  readonly actor: string;
  /** Only counts. */
  readonly dryRun: boolean;
}

/**
 * Gives open letters up; they stay readable. Answers how many.
 * @throws AppError EVENTBUS_DLQ_QUERY_INVALID for a query that names nothing in particular
 */
export async function discardLetters(pool: Pool, request: DiscardRequest): Promise<number> {
  const { reason, actor, dryRun } = request;
  if (selectsAll(request.query)) {
    throw new AppError('EVENTBUS_DLQ_QUERY_INVALID', 'the selection is empty; discarding everything needs a condition');
  }
  const query = { ...request.query, status: 'open' as const };
  return inTransaction(pool, async (client) => {
    const { sql, values } = letterCondition(query);
    if (dryRun) {
      const found = await client.query<{ letters: number }>(
        `select count(*)::integer as letters from dead_letter l where ${sql}`,
        [...values],
      );
      return found.rows[0]?.letters ?? 0;
    }
    const changed = await client.query(
      `update dead_letter l set status = 'discarded', changed_at = now() where ${sql}`,
      [...values],
    );
    const letters = changed.rowCount ?? 0;
    const detail = { reason, selection: queryText(request.query) };
    if (letters > 0) await recordAction(client, { actor, action: 'discard', letters, detail, ...named(request.query) });
    return letters;
  });
}

/** The one letter or group that a query names, for the audit trail. */
export function named({ ids, group }: LetterQuery): { readonly letterId?: string; readonly groupId?: string } {
  const [only] = ids ?? [];
  return {
    ...(only !== undefined && ids?.length === 1 ? { letterId: only } : {}),
    ...(group === undefined ? {} : { groupId: group }),
  };
}
