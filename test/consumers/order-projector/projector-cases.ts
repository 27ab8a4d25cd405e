import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { derivedId } from '../../../src/codec/event-id.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import type { Commerce } from '../../../src/consumers/order-projector/commerce-item.ts';
import { makeOrderProjectorProcessor } from '../../../src/consumers/order-projector/processor.ts';
import type { TestDatabase } from '../../make/postgres.ts';
import { emptyShop, orderValue, stockValue } from '../../make/shop.ts';

const signal = new AbortController().signal;
const may1st = Date.parse('2026-05-01T00:00:00Z');

interface Given {
  readonly offset: number;
  readonly topic?: string;
  readonly id?: string;
  readonly seconds?: number;
  readonly type?: string;
}

function item(value: Commerce, { offset, topic = 'order-events', seconds = offset, ...given }: Given): Item<Commerce> {
  const id = given.id ?? derivedId(`${topic}-${offset}`, 'test', 0);
  const time = new Date(may1st + seconds * 1000).toISOString();
  const event = { id, source: 'test', type: given.type ?? 'test', time };
  return { topic, partition: 0, offset, timestampMs: may1st, key: 'k', event, value };
}

const stockItem = (offset: number, given: Parameters<typeof stockValue>[0]) =>
  item(stockValue(given), { offset, topic: 'inventory-events' });

/** What the order projector promises on any PostgreSQL. */
export function projectorCases(engine: string, open: () => Promise<TestDatabase>, propertyRuns: number): void {
  describe(`the shop’s read models in ${engine}`, () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    beforeEach(() => emptyShop(database.pool));

    const apply = async (...items: readonly Item<Commerce>[]) => {
      const [first] = items;
      const batch = { topic: first?.topic ?? '', partition: 0, items };
      const outcomes = await makeOrderProjectorProcessor(database.pool).apply(batch, signal);
      return outcomes.map((outcome) => (outcome.fate === 'applied' ? 'applied' : outcome.reason));
    };
    const rows = async (sql: string) => (await database.pool.query(sql)).rows as readonly Record<string, unknown>[];
    const orders = () => rows('select order_id, status, version, total_minor from order_current order by order_id');

    test('the last event of an order is its state, and the trail has every one', async () => {
      const events = ['CREATED', 'STOCK_RESERVED', 'APPROVED'].map((status, index) =>
        item(orderValue({ status: status as 'CREATED', streamVersion: index + 1 }), { offset: index }),
      );
      expect(await apply(...events)).toEqual(['applied', 'applied', 'applied']);
      expect(await orders()).toEqual([{ order_id: 'o-1', status: 'APPROVED', version: 3, total_minor: 100 }]);
      expect(await rows('select version from commerce_event order by version')).toHaveLength(3);
      expect(await rows('select placed_at from order_current')).toEqual([{ placed_at: new Date(may1st) }]);
    });

    test('a redelivery changes nothing; a second copy of an event is skipped and said to be one', async () => {
      const first = item(orderValue({ streamVersion: 1 }), { offset: 0 });
      await apply(first);
      expect(await apply(first, { ...first, offset: 7 })).toEqual(['applied', 'duplicate']);
      expect(await rows('select "offset", reason, detail from skipped_record')).toEqual([
        { offset: 7, reason: 'duplicate', detail: 'applied from order-events-0 at offset 0' },
      ]);
    });

    test('an event that comes late, as a redriven one does, is in the trail and does not undo a later one', async () => {
      await apply(item(orderValue({ status: 'CANCELLED', streamVersion: 2 }), { offset: 1 }));
      await apply(item(orderValue({ status: 'CREATED', streamVersion: 1 }), { offset: 9, seconds: 0 }));
      expect(await orders()).toMatchObject([{ status: 'CANCELLED', version: 2 }]);
      expect(await rows('select from commerce_event')).toHaveLength(2);
      expect(await rows('select placed_at from order_current')).toEqual([{ placed_at: new Date(may1st) }]);
    });

    test('without versions the time of the event decides', async () => {
      await apply(item(orderValue({ status: 'SHIPPED' }), { offset: 0, seconds: 50 }));
      await apply(item(orderValue({ status: 'CREATED' }), { offset: 1, seconds: 10 }));
      expect(await orders()).toMatchObject([{ status: 'SHIPPED', version: 0 }]);
    });

    test('stock is what the writer says, or the sum of what it says came and went, per warehouse', async () => {
      await apply(
        stockItem(0, { onHandDelta: 5, onHand: 5, reserved: 0, streamVersion: 1 }),
        stockItem(1, { reservedDelta: 2, onHand: 5, reserved: 2, streamVersion: 2 }),
        stockItem(2, { productId: 'cup', warehouseId: 'oslo', onHandDelta: 7 }),
        stockItem(3, { productId: 'cup', warehouseId: 'oslo', onHandDelta: -3, reservedDelta: 1 }),
        stockItem(4, { productId: 'cup', warehouseId: 'bergen', onHandDelta: 1 }),
      );
      await apply(stockItem(3, { productId: 'cup', warehouseId: 'oslo', onHandDelta: -3, reservedDelta: 1 }));
      await apply(stockItem(5, { productId: 'cup', warehouseId: 'oslo', onHandDelta: 10 }));
      expect(await rows('select product_id, warehouse_id, on_hand, reserved from stock_current order by 1, 2')).toEqual(
        [
          { product_id: 'cup', warehouse_id: 'bergen', on_hand: 1, reserved: 0 },
          { product_id: 'cup', warehouse_id: 'oslo', on_hand: 14, reserved: 1 },
          { product_id: 'mug', warehouse_id: '', on_hand: 5, reserved: 2 },
        ],
      );
    });

    test('a batch that fails leaves nothing behind', async () => {
      const good = item(orderValue({ orderId: 'good' }), { offset: 0 });
      const bad = item(orderValue({ orderId: 'bad\0' }), { offset: 1 });
      await expect(apply(good, bad)).rejects.toMatchObject({ code: 'EVENTBUS_POSTGRES_DATA_REJECTED' });
      expect(await rows('select from commerce_event')).toHaveLength(0);
    });

    test('however events are cut into batches, repeated and delivered again, the tables end the same', async () => {
      const history = fc.array(
        fc.record({ order: fc.constantFrom('a', 'b', 'c'), cup: fc.integer({ min: -3, max: 5 }) }),
        { minLength: 1, maxLength: 12 },
      );
      await fc.assert(
        fc.asyncProperty(history, fc.infiniteStream(fc.integer({ min: 0, max: 3 })), async (steps, sizes) => {
          await emptyShop(database.pool);
          const orderItems = steps.map(({ order }, offset) =>
            item(orderValue({ orderId: order, totalMinor: offset, streamVersion: offset + 1 }), { offset }),
          );
          const stockItems = steps.map(({ cup }, offset) => stockItem(offset, { productId: 'cup', onHandDelta: cup }));
          for (const items of [orderItems, stockItems]) {
            for (let at = 0; at < items.length; ) {
              const size = (sizes.next().value as number) + 1;
              const again = Math.max(0, at - (sizes.next().value as number));
              await apply(...items.slice(again, at + size));
              at += size;
            }
          }
          const last = new Map(steps.map(({ order }, offset) => [order, offset]));
          expect(await orders()).toEqual(
            [...last]
              .toSorted(([left], [right]) => (left < right ? -1 : 1))
              .map(([order, offset]) => ({
                order_id: order,
                status: 'CREATED',
                version: offset + 1,
                total_minor: offset,
              })),
          );
          const sum = steps.reduce((total, { cup }) => total + cup, 0);
          expect(await rows('select on_hand from stock_current')).toEqual([{ on_hand: sum }]);
        }),
        { numRuns: propertyRuns },
      );
    });
  });
}
