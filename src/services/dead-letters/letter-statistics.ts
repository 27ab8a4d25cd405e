import type { LetterQuery } from '../../core/redrive/letter-query.ts';
import { inTransaction, type Pool } from '../../postgres/pool.ts';
import { letterCondition } from './letter-condition.ts';
import type { StatusCounts } from './letter-views.ts';

/** Letters of one consumer that failed for one reason. */
export interface ReasonCount {
  readonly consumer: string;
  readonly code: string;
  readonly open: number;
  readonly letters: number;
  readonly groups: number;
  readonly firstSeen: string;
  readonly lastSeen: string;
}

export interface HourCount {
  /** RFC 3339, the start of the hour in UTC. */
  readonly hour: string;
  readonly letters: number;
}

export interface LetterStatistics {
  readonly letters: StatusCounts;
  readonly groups: number;
  /** When the oldest open letter failed last. */
  readonly oldestOpen: string | null;
  /** Open letters whose record had been redriven before. */
  readonly failedAgain: number;
  /** Most open letters first. */
  readonly reasons: readonly ReasonCount[];
  /** Failures by hour: the last 48 hours that have any, oldest first. */
  readonly hours: readonly HourCount[];
}

interface TotalRow extends StatusCounts {
  readonly groups: number;
  readonly oldest_open: Date | null;
  readonly failed_again: number;
}

interface ReasonRow extends Omit<ReasonCount, 'firstSeen' | 'lastSeen'> {
  readonly first_seen: Date;
  readonly last_seen: Date;
}

const totals = `
  count(*) filter (where status = 'open')::integer as open,
  count(*) filter (where status = 'redriving')::integer as redriving,
  count(*) filter (where status = 'redriven')::integer as redriven,
  count(*) filter (where status = 'discarded')::integer as discarded,
  count(distinct group_id)::integer as groups,
  min(last_failed_at) filter (where status = 'open') as oldest_open,
  count(*) filter (where status = 'open' and redrives > 0)::integer as failed_again`;

/** Counts over the letters of a query. */
export async function letterStatistics(pool: Pool, query: LetterQuery): Promise<LetterStatistics> {
  const { sql, values } = letterCondition(query);
  return inTransaction(pool, async (client) => {
    const total = await client.query<TotalRow>(`select ${totals} from dead_letter l where ${sql}`, [...values]);
    const reasons = await client.query<ReasonRow>(
      `select consumer, code, count(*) filter (where status = 'open')::integer as open, count(*)::integer as letters,
         count(distinct group_id)::integer as groups, min(first_failed_at) as first_seen, max(last_failed_at) as last_seen
       from dead_letter l where ${sql} group by consumer, code order by open desc, letters desc, consumer, code`,
      [...values],
    );
    const hours = await client.query<{ hour: Date; letters: number }>(
      `select date_bin('1 hour', last_failed_at, timestamptz '2000-01-01 00:00:00+00') as hour, count(*)::integer as letters
       from dead_letter l where ${sql} group by 1 order by 1 desc limit 48`,
      [...values],
    );
    return statistics(total.rows[0], reasons.rows, hours.rows);
  });
}

function statistics(
  total: TotalRow | undefined,
  reasons: readonly ReasonRow[],
  hours: readonly { readonly hour: Date; readonly letters: number }[],
): LetterStatistics {
  const { open = 0, redriving = 0, redriven = 0, discarded = 0 } = total ?? {};
  return {
    letters: { open, redriving, redriven, discarded },
    groups: total?.groups ?? 0,
    oldestOpen: total?.oldest_open?.toISOString() ?? null,
    failedAgain: total?.failed_again ?? 0,
    reasons: reasons.map(({ first_seen, last_seen, ...counts }) => {
      return { ...counts, firstSeen: first_seen.toISOString(), lastSeen: last_seen.toISOString() };
    }),
    hours: hours.toReversed().map(({ hour, letters }) => ({ hour: hour.toISOString(), letters })),
  };
}
