import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { outboxOf, receive, type ShopUnderTest } from './shop-under-test.ts';

async function waiting({ database }: ShopUnderTest): Promise<number> {
  return (await database.pool.query('select 1 from outbox')).rows.length;
}

/** A publisher that died with the lease, or whose lease is over. */
function hold({ database }: ShopUnderTest, seconds: number) {
  const sql = `update outbox_lease set holder = 'dead', until = now() + $1 * interval '1 second'`;
  return database.pool.query(sql, [seconds]);
}

/** What the outbox promises on any PostgreSQL. */
export function outboxCases(shop: () => ShopUnderTest): void {
  describe('the outbox', () => {
    test('publishes every event once and in its order, with the state after it', async () => {
      for (const index of [1, 2, 3, 4, 5]) await receive(shop(), `r${index}`);
      expect(await outboxOf(shop()).publishAll()).toBe(5);
      expect(shop().log.events.map(({ value }) => (value as { onHand: number }).onHand)).toEqual([10, 20, 30, 40, 50]);
      expect(shop().log.events[4]).toMatchObject({
        topic: 'inventory-events',
        key: 'p1',
        subject: 'InventoryEvent',
        event: { type: 'inventory.updated', source: 'inventory-service', time: '2026-05-04T00:00:00.000Z' },
        value: { productId: 'p1', onHandDelta: 10, streamVersion: 5, reason: 'RECEIVED' },
      });
      expect(await waiting(shop())).toBe(0);
      expect(await outboxOf(shop()).publishAll()).toBe(0);
    });

    test('repeats with the same ids what a crash kept it from removing, and loses nothing', async () => {
      for (const index of [1, 2, 3, 4, 5]) await receive(shop(), `r${index}`);
      let calls = 0;
      shop().log.after = async () => {
        calls += 1;
        if (calls === 2) throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'the answer was lost');
      };
      await expect(outboxOf(shop()).publishAll()).rejects.toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE' });
      const first = shop().log.ids;
      await outboxOf(shop()).publishAll();
      expect(shop().log.ids.slice(5)).toEqual(first.slice(3));
      expect(new Set(shop().log.ids).size).toBe(5);
      expect(await waiting(shop())).toBe(0);
    });

    test('publishes one at a time, and the one that is at it takes what comes meanwhile', async () => {
      await receive(shop(), 'r1');
      const gate = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      shop().log.before = async () => {
        begun.resolve();
        await gate.promise;
      };
      const first = outboxOf(shop()).publishAll();
      await begun.promise;
      await receive(shop(), 'r2');
      expect(await outboxOf(shop()).publishAll()).toBe(0);
      gate.resolve();
      expect(await first).toBe(2);
      expect(shop().log.events).toHaveLength(2);
    });

    test('does not leave behind what was written while a publisher was about to end', async () => {
      const publishers = [outboxOf(shop()), outboxOf(shop()), outboxOf(shop())];
      const counts = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          await receive(shop(), `r${index}`);
          return publishers[index % 3]?.publishAll() ?? 0;
        }),
      );
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
      expect(await waiting(shop())).toBe(0);
      expect(shop().log.events.map(({ value }) => (value as { streamVersion: number }).streamVersion)).toEqual(
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
    });

    test('takes over from a publisher that says nothing for longer than its lease', async () => {
      await receive(shop(), 'r1');
      await hold(shop(), 60);
      expect(await outboxOf(shop()).publishAll()).toBe(0);
      await hold(shop(), -1);
      expect(await outboxOf(shop()).publishAll()).toBe(1);
    });

    test('lets a command go on when the log gives no answer', async () => {
      shop().log.before = () => new Promise<never>(() => {});
      await receive(shop(), 'r1');
      await outboxOf(shop()).publishSoon();
      expect(await waiting(shop())).toBe(1);
    });
  });
}
