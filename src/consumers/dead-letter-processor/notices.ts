import type { EventRouter, RoutedEvent } from '../../ports/event-router/event-router.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';

/** Who tells of dead letters, for rules of the event bus. */
export const noticeSource = 'event-bus.dead-letters';
/** What rules match: letters of one group were stored. */
export const lettersNotice = 'Dead letters received';
/** A message that is no dead letter was put aside. */
export const asideNotice = 'Dead-letter message put aside';

interface GroupNews {
  readonly group_id: string;
  readonly consumer: string;
  readonly code: string;
  readonly normalised_message: string;
  readonly schema_version: string | null;
  readonly letters: number;
  readonly open_letters: number;
  readonly topics: readonly string[];
  readonly first_failed_at: Date;
  readonly last_failed_at: Date;
  readonly sample: string;
}

const newsSql = `
  select g.group_id, g.consumer, g.code, g.normalised_message, g.schema_version, n.letters, n.topics,
         n.first_failed_at, n.last_failed_at, n.sample,
         (select count(*) from dead_letter o where o.group_id = g.group_id and o.status = 'open') as open_letters
  from (select group_id, count(*) as letters, array_agg(distinct topic) as topics,
               min(first_failed_at) as first_failed_at, max(last_failed_at) as last_failed_at,
               min(letter_id::text) as sample
        from dead_letter where letter_id = any($1::uuid[]) and notified_at is null group by group_id) n
  join dead_letter_group g using (group_id) order by g.group_id`;

const notifiedSql =
  'update dead_letter set notified_at = now() where letter_id = any($1::uuid[]) and notified_at is null';

/**
 * Publishes one notice a group for those of the letters that have none yet, then marks them: a crash in between repeats
 * the notice. A notice never holds a payload; the message is the normalised one, without quoted values.
 *
 * @returns how many notices were published
 */
export async function publishNotices(pool: Pool, router: EventRouter, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { rows } = await onConnection(pool, (client) => client.query<GroupNews>(newsSql, [ids]));
  if (rows.length === 0) return 0;
  await router.publish(rows.map(noticeOf));
  await onConnection(pool, (client) => client.query(notifiedSql, [ids]));
  return rows.length;
}

function noticeOf(news: GroupNews): RoutedEvent {
  return {
    source: noticeSource,
    detailType: lettersNotice,
    timeMs: news.last_failed_at.getTime(),
    resources: [`consumer/${news.consumer}`, `dead-letter-group/${news.group_id}`],
    detail: {
      group: news.group_id,
      consumer: news.consumer,
      code: news.code,
      message: news.normalised_message,
      schemaVersion: news.schema_version,
      topics: news.topics,
      letters: news.letters,
      openLetters: news.open_letters,
      firstFailedAt: news.first_failed_at.toISOString(),
      lastFailedAt: news.last_failed_at.toISOString(),
      sampleLetter: news.sample,
    },
  };
}
