import type { OrderEvent, PaymentEvent } from '../../catalogue/events.generated.ts';
import { orderFact, paymentFact, type ToldFact } from '../../core/orders/saga-facts.ts';
import { notePosition } from '../../postgres/consumer-position.ts';
import type { Pool } from '../../postgres/pool.ts';
import { skipRecorder } from '../../postgres/skipped-records.ts';
import { inParallel } from '../../services/dead-letters/in-parallel.ts';
import type { OutboxPublisher } from '../../services/orders/outbox-publisher.ts';
import type { SagaDriver, SagaNews } from '../../services/orders/saga-driver.ts';
import type { BatchProcessor, Item, Outcome, PartitionBatch } from '../batch/processor.ts';

export const orderSagaName = 'order-saga';

export type SagaEvent = OrderEvent | PaymentEvent;

export interface SagaProcessorParts {
  readonly pool: Pool;
  readonly driver: SagaDriver;
  readonly outbox: Pick<OutboxPublisher, 'publishSoon'>;
}

const applied: Outcome = { fate: 'applied' };
const filtered: Outcome = { fate: 'skipped', reason: 'filtered' };

/** Orders that are driven side by side; each holds a connection for one statement at a time. */
const width = 4;

interface Told extends ToldFact {
  readonly item: Item<SagaEvent>;
}

/**
 * Takes the sagas of a batch on: the news of one order together and in their order, orders side by side. What the sagas
 * do leaves events in the outbox, which are published before the batch is done, so that the next step needs no sweep.
 */
export function makeSagaProcessor({ pool, driver, outbox }: SagaProcessorParts): BatchProcessor<SagaEvent> {
  const recordSkips = skipRecorder(pool);
  return {
    async apply(batch) {
      const told = batch.items.flatMap((item): readonly Told[] => {
        const fact = factOf(item);
        return fact === null ? [] : [{ ...fact, item }];
      });
      const orders = [...Map.groupBy(told, ({ orderId }) => orderId)];
      const driven = new Set<number>();
      await inParallel(orders, width, async ([orderId, news]) => {
        if ((await driver.tell(orderId, newsOf(news))) === 'unknown') return;
        for (const { item } of news) driven.add(item.offset);
      });
      await outbox.publishSoon();
      await finish(batch, driven);
      return batch.items.map(({ offset }) => (driven.has(offset) ? applied : filtered));
    },
  };

  async function finish({ topic, partition, items }: PartitionBatch<SagaEvent>, driven: ReadonlySet<number>) {
    const at = { consumer: orderSagaName, topic, partition };
    const skips = items
      .filter(({ offset }) => !driven.has(offset))
      .map((item) => {
        const detail = factOf(item) === null ? 'no news for a saga' : 'an order that this shop has not taken';
        return { offset: item.offset, item: -1, eventId: item.event.id, reason: 'filtered', detail };
      });
    if (skips.length > 0) await recordSkips(at, skips);
    const last = items.at(-1);
    if (last !== undefined) await notePosition(pool, at, last.offset + 1);
  }
}

/** Events of a topic have its subject's shape, which the engine has decoded them by. */
function factOf({ topic, event, value }: Item<SagaEvent>): ToldFact | null {
  switch (topic) {
    case 'order-events':
      return orderFact(event.type, value as OrderEvent);
    case 'payment-events':
      return paymentFact(event.type, value as PaymentEvent);
    default:
      return null;
  }
}

function newsOf(told: readonly Told[]): SagaNews {
  return {
    facts: told.map(({ fact }) => fact),
    begins: told.some(({ begins }) => begins),
    causationId: told.at(-1)?.item.event.id ?? null,
    correlationId: told.at(0)?.item.value.correlationId ?? null,
  };
}
