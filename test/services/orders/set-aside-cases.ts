import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OutgoingEvent } from '../../../src/kafka/publisher.ts';
import { makeEventStore } from '../../../src/postgres/event-store/event-store.ts';
import { outboxHealth } from '../../../src/postgres/outbox-health.ts';
import type { SetAside } from '../../../src/postgres/set-aside.ts';
import { stocks } from '../../../src/services/orders/aggregates.ts';
import { makeCommandRunner } from '../../../src/services/orders/command-runner.ts';
import { sweepIsWanted } from '../../../src/services/orders/order-sweep.ts';
import { outboxOf, type ShopUnderTest, startMs } from './shop-under-test.ts';

const tooLarge = new AppError('EVENTBUS_KAFKA_RECORD_TOO_LARGE', '9 bytes, allowed are 8');

function change({ commands }: ShopUnderTest, productId: string, commandId: string) {
  return commands.changeStock({ commandId, at: startMs, productId, delta: 1, reason: 'RECEIVED' });
}

/** Changes of two products by turns: p1, p2, p1, p2, …, each change one piece more. */
async function changes(shop: ShopUnderTest, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await change(shop, index % 2 === 0 ? 'p1' : 'p2', `c${index}`);
  }
}

/** What the log holds: product and pieces, such as `p1:3`. */
function logged({ log }: ShopUnderTest): readonly string[] {
  return log.events.map(named);
}

function named({ value }: Pick<OutgoingEvent, 'value'>): string {
  const { productId, onHand } = value as { readonly productId: string; readonly onHand: number };
  return `${productId}:${onHand}`;
}

function refusing(shop: ShopUnderTest, ...names: readonly string[]): void {
  shop.log.refusal = (event) => (names.includes(named(event)) ? tooLarge : null);
}

function passAnHour({ database }: ShopUnderTest) {
  return database.pool.query(`update outbox set retry_at = retry_at - interval '1 hour'`);
}

async function asideRows({ database }: ShopUnderTest) {
  const { rows } = await database.pool.query<{ refusals: number; code: string; reason: string }>(
    'select refusals, code, reason from outbox where retry_at is not null order by position',
  );
  return rows;
}

/** What becomes of events that the log refuses, on any PostgreSQL. */
export function setAsideCases(shop: () => ShopUnderTest): void {
  describe('an event that cannot be published', () => {
    test('is put aside with its reason; its key waits behind it, other keys go on', async () => {
      await changes(shop(), 8);
      refusing(shop(), 'p1:2');
      const told: SetAside[] = [];
      expect(await outboxOf(shop(), { onSetAside: (event) => told.push(event) }).publishAll()).toBe(5);
      expect(logged(shop())).toEqual(['p1:1', 'p2:1', 'p2:2', 'p2:3', 'p2:4']);
      expect(told).toMatchObject([{ outbox: 'outbox', topic: 'inventory-events', failure: tooLarge }]);
      expect(await asideRows(shop())).toEqual([
        { refusals: 1, code: 'EVENTBUS_KAFKA_RECORD_TOO_LARGE', reason: tooLarge.message },
      ]);
    });

    test('holds up what comes later of its key, and nothing else', async () => {
      await changes(shop(), 1);
      refusing(shop(), 'p1:1');
      await outboxOf(shop()).publishAll();
      await change(shop(), 'p1', 'later');
      await change(shop(), 'p3', 'other');
      expect(await outboxOf(shop()).publishAll()).toBe(1);
      expect(logged(shop())).toEqual(['p3:1']);
    });

    test('is offered again by itself, and its key goes on in its order once the log takes it', async () => {
      await changes(shop(), 6);
      refusing(shop(), 'p1:1');
      await outboxOf(shop()).publishAll();
      await passAnHour(shop());
      await outboxOf(shop()).publishAll();
      expect((await asideRows(shop())).map(({ refusals }) => refusals)).toEqual([2]);
      refusing(shop());
      await passAnHour(shop());
      expect(await outboxOf(shop()).publishAll()).toBe(3);
      expect(logged(shop())).toEqual(['p2:1', 'p2:2', 'p2:3', 'p1:1', 'p1:2', 'p1:3']);
      expect(await asideRows(shop())).toEqual([]);
    });

    test('is not among what a sweep is called for, and is counted where people look', async () => {
      await changes(shop(), 1);
      expect(await sweepIsWanted(shop().database.pool, startMs)).toBe(true);
      refusing(shop(), 'p1:1');
      await outboxOf(shop()).publishAll();
      await change(shop(), 'p1', 'later');
      expect(await sweepIsWanted(shop().database.pool, startMs)).toBe(false);
      expect(await outboxHealth(shop().database.pool, 'outbox', startMs + 60_000)).toEqual({
        eventsSetAside: 1,
        outboxSeconds: 60,
      });
      await passAnHour(shop());
      expect(await sweepIsWanted(shop().database.pool, startMs)).toBe(true);
    });

    test.each(['EVENTBUS_KAFKA_UNAVAILABLE', 'EVENTBUS_KAFKA_BUFFER_FULL', 'EVENTBUS_KAFKA_DENIED'] as const)(
      'is not what fails with %s: that stops the outbox and puts nothing aside',
      async (code) => {
        await changes(shop(), 4);
        refusing(shop(), 'p1:2');
        let calls = 0;
        // Also in the midst of looking for the event that is refused.
        shop().log.before = async () => {
          calls += 1;
          if (calls > 1) throw new AppError(code, 'away');
        };
        await expect(outboxOf(shop()).publishAll()).rejects.toMatchObject({ code });
        expect(await asideRows(shop())).toEqual([]);
        shop().log.before = async () => {};
        refusing(shop());
        expect(await outboxOf(shop()).publishAll()).toBe(4);
      },
    );

    test('takes those of its topic aside with it when the topic is missing, and only the first of each key', async () => {
      await changes(shop(), 5);
      await shop().commands.registerCustomer({ commandId: 'k', at: startMs, customerId: 'c1', profile: {} });
      shop().log.refusal = ({ topic }) =>
        topic === 'inventory-events' ? new AppError('EVENTBUS_KAFKA_TOPIC_UNKNOWN', topic) : null;
      expect(await outboxOf(shop()).publishAll()).toBe(1);
      expect(await asideRows(shop())).toHaveLength(2);
    });
  });

  describe('a command whose event cannot be published', () => {
    test.each([
      ['does not fit its schema', { onHand: 0.5 }],
      ['is too large', { reservationId: 'x'.repeat(1_100_000) }],
    ])('fails with a code and leaves nothing behind: the value %s', async (_name, fault) => {
      const { pool } = shop().database;
      const faulty = {
        ...stocks,
        publish: (...told: Parameters<typeof stocks.publish>) => {
          const publication = stocks.publish(...told);
          return { ...publication, value: { ...publication.value, ...fault } } as typeof publication;
        },
      };
      const runner = makeCommandRunner({ store: makeEventStore(pool) });
      const order = {
        head: { commandId: 'c1', at: startMs },
        command: { type: 'change', productId: 'p1', delta: 1, reason: 'RECEIVED' } as const,
      };
      await expect(runner.run(faulty, 'inventory-p1', order)).rejects.toMatchObject({
        code: 'EVENTBUS_ORDER_UNPUBLISHABLE',
        details: { topic: 'inventory-events' },
      });
      for (const table of ['stored_event', 'event_stream', 'handled_command', 'outbox']) {
        expect((await pool.query(`select 1 from ${table}`)).rows).toEqual([]);
      }
      // The same id once the fault is mended.
      expect(await runner.run(stocks, 'inventory-p1', order)).toMatchObject({ version: 1, repeated: false });
    });
  });
}
