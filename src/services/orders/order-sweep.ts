import { eventSources } from '../../catalogue/event-routing.ts';
import { maxTries } from '../../core/orders/saga.ts';
import type { EventRouter, RoutedEvent } from '../../ports/event-router/event-router.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { mayGo } from '../../postgres/set-aside.ts';
import type { SagaParts } from './saga-parts.ts';

/** What rules of the event router match: a saga that people should look at. */
export const stuckNotice = 'Saga stuck';

const stuckCondition = `ended_at is null and attempts >= ${maxTries} and step in ('finishing', 'compensating')`;

const waitsSql = `
  select exists (select from outbox o where ${mayGo('outbox')})
      or exists (select from saga_instance where ended_at is null and deadline <= $1)
      or exists (select from saga_instance where ${stuckCondition} and notified_at is null) as waits`;

/** Whether a sweep would find anything to do; one query that reads a few index entries. */
export async function sweepIsWanted(pool: Pool, nowMs: number): Promise<boolean> {
  const { rows } = await onConnection(pool, (client) => client.query<{ waits: boolean }>(waitsSql, [new Date(nowMs)]));
  return rows[0]?.waits ?? false;
}

/** How many sagas go on trying and need people. */
export async function countStuck(pool: Pool): Promise<number> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<{ stuck: number }>(`select count(*) as stuck from saga_instance where ${stuckCondition}`),
  );
  return rows[0]?.stuck ?? 0;
}

export interface SweepParts extends SagaParts {
  readonly pool: Pool;
  readonly router: EventRouter;
  readonly clock: () => number;
  /** Told of a saga that could not be taken on; it is tried again. */
  readonly onFailure: (orderId: string, error: unknown) => void;
}

/** Sagas that one sweep takes on at most; the next one takes the rest. */
const maxDue = 200;

/**
 * Everything that must happen although no event comes: deadlines of sagas, events that a crash left in the outbox, and
 * word of sagas that do not get on. Each may be done twice; one that fails keeps none of the others from being done.
 * @throws the first failure, after all were tried
 */
export async function sweepOrders(parts: SweepParts): Promise<void> {
  const { store, driver, outbox, clock, onFailure } = parts;
  const ended = await Promise.allSettled([outbox.publishAll(), due()]);
  // Once more, for what the sagas have done; and word of those that could not go on.
  ended.push(...(await Promise.allSettled([outbox.publishAll(), tellOfStuck(parts)])));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;

  async function due(): Promise<void> {
    for (const orderId of await store.due(clock(), maxDue)) {
      try {
        await driver.tell(orderId, { facts: [{ type: 'deadline' }], begins: false, causationId: null });
      } catch (error) {
        onFailure(orderId, error);
      }
    }
  }
}

interface StuckRow {
  readonly saga_id: string;
  readonly order_id: string;
  readonly step: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly started_at: Date;
}

const stuckSql = `
  select saga_id, order_id, step, attempts, last_error, started_at from saga_instance
  where ${stuckCondition} and notified_at is null order by saga_id limit 100`;

const notifiedSql = 'update saga_instance set notified_at = $2 where saga_id = any($1::text[])';

/** Publishes, then notes that it did: a crash in between repeats the notice. */
async function tellOfStuck({ pool, router, clock }: SweepParts): Promise<void> {
  const { rows } = await onConnection(pool, (client) => client.query<StuckRow>(stuckSql));
  if (rows.length === 0) return;
  const now = clock();
  await router.publish(rows.map((row) => noticeOf(row, now)));
  const ids = rows.map(({ saga_id }) => saga_id);
  await onConnection(pool, (client) => client.query(notifiedSql, [ids, new Date(now)]));
}

function noticeOf(row: StuckRow, timeMs: number): RoutedEvent {
  return {
    source: eventSources.orders,
    detailType: stuckNotice,
    timeMs,
    resources: [`saga/${row.saga_id}`, `order/${row.order_id}`],
    detail: {
      saga: row.saga_id,
      order: row.order_id,
      step: row.step,
      attempts: row.attempts,
      lastError: row.last_error,
      startedAt: row.started_at.toISOString(),
    },
  };
}
