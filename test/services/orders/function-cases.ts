import { describe, expect, test } from '@jest/globals';
import type { OrderEvent } from '../../../src/catalogue/events.generated.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import { makeSagaProcessor, type SagaEvent } from '../../../src/consumers/order-saga/processor.ts';
import { makeOrderSweeper } from '../../../src/consumers/order-sweeper/handler.ts';
import { makeSagaParts } from '../../../src/services/orders/saga-parts.ts';
import { memoryLog } from '../../make/batch-engine.ts';
import { outboxOf, receive, type ShopUnderTest, startMs, wish } from './shop-under-test.ts';

function itemOf(value: object, type: string, offset: number): Item<SagaEvent> {
  const event = { id: `e${offset}`, source: 'order-service', type };
  return {
    topic: 'order-events',
    partition: 1,
    offset,
    timestampMs: startMs,
    key: 'k',
    event,
    value: value as OrderEvent,
  };
}

/** What the functions around the saga promise on any PostgreSQL. */
export function functionCases(shop: () => ShopUnderTest): void {
  describe('the functions', () => {
    test('order-saga gives each event a fate, and publishes what it caused before it is done', async () => {
      const { commands, database, log } = shop();
      await receive(shop(), 'r1');
      await commands.placeOrder({ commandId: 'p', at: startMs, order: wish('o1') });
      await outboxOf(shop()).publishAll();
      const created = log.events.find(({ event }) => event.type === 'order.created');
      const { driver, outbox } = makeSagaParts({ pool: database.pool, publisher: log, onPublishFailure: () => {} });
      const processor = makeSagaProcessor({ pool: database.pool, driver, outbox });
      const items = [
        itemOf(created?.value ?? {}, 'order.created', 7),
        itemOf({ orderId: 'recorded' }, 'order.created', 8),
        itemOf(created?.value ?? {}, 'order.updated', 9),
      ];
      const outcomes = await processor.apply(
        { topic: 'order-events', partition: 1, items },
        new AbortController().signal,
      );
      expect(outcomes).toEqual([
        { fate: 'applied' },
        { fate: 'skipped', reason: 'filtered' },
        { fate: 'skipped', reason: 'filtered' },
      ]);
      expect(log.events.at(-1)?.event.type).toBe('order.completed');
      const skipped = await database.pool.query(
        `select "offset", detail from skipped_record where consumer = 'order-saga' order by 1`,
      );
      expect(skipped.rows).toEqual([
        { offset: 8, detail: 'an order that this shop has not taken' },
        { offset: 9, detail: 'no news for a saga' },
      ]);
      const { rows } = await database.pool.query(
        `select position from consumer_position where consumer = 'order-saga'`,
      );
      expect(rows).toEqual([{ position: 10 }]);
    });

    test('order-sweeper publishes what a crash has left, and measures once a minute', async () => {
      const { database, log } = shop();
      await receive(shop(), 'r1');
      const clock = { nowMs: startMs + 90_000 };
      const lines: string[] = [];
      const router = { publish: async () => {} };
      const sweeper = makeOrderSweeper({
        pool: database.pool,
        publisher: log,
        codec: makeCodec(),
        router,
        log: memoryLog(),
        clock: () => clock.nowMs,
        writeMetrics: (line) => lines.push(line),
      });
      await sweeper();
      await sweeper();
      expect(log.events).toHaveLength(1);
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { Service: 'order-sweeper', SagasStuck: 0, OutboxSeconds: 0 },
      ]);
      log.before = () => Promise.reject(new Error('the cluster is away'));
      await receive(shop(), 'r2');
      clock.nowMs += 60_000;
      await expect(sweeper()).rejects.toThrow('the cluster is away');
      expect(JSON.parse(lines[1] ?? '')).toMatchObject({ SagasStuck: 0, OutboxSeconds: 150 });
    });
  });
}
