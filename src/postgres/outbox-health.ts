import { onConnection, type Pool } from './pool.ts';
import type { OutboxTable } from './set-aside.ts';

/** How an outbox gets on. */
export interface OutboxHealth {
  /** Age of the oldest event that waits for the log; 0 when none does. */
  readonly outboxSeconds: number;
  /** Events that the log refuses. */
  readonly eventsSetAside: number;
}

/** When a row came into its outbox. */
const arrivals = { outbox: 'at', event_outbox: 'kept_at' } as const satisfies Record<OutboxTable, string>;

/** @param nowMs - ms since 1970-01-01 UTC */
export async function outboxHealth(pool: Pool, table: OutboxTable, nowMs: number): Promise<OutboxHealth> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<{ oldest: Date | null; aside: number }>(`
      select (select ${arrivals[table]} from ${table} order by position limit 1) as oldest,
             (select count(*) from ${table} where retry_at is not null) as aside`),
  );
  const { oldest = null, aside = 0 } = rows[0] ?? {};
  const ageMs = oldest === null ? 0 : nowMs - oldest.getTime();
  return { outboxSeconds: Math.max(0, ageMs / 1_000), eventsSetAside: aside };
}
