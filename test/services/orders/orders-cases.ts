import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OrderWish } from '../../../src/core/orders/order.ts';
import type { OutgoingEvent } from '../../../src/kafka/publisher.ts';
import type { RoutedEvent } from '../../../src/ports/event-router/event-router.ts';
import { makeOrderCommands, type OrderCommands } from '../../../src/services/orders/order-commands.ts';
import { orderHealth, sweepIsWanted, sweepOrders } from '../../../src/services/orders/order-sweep.ts';
import { makeOutboxPublisher } from '../../../src/services/orders/outbox-publisher.ts';
import type { PaymentGateway } from '../../../src/services/orders/payment-gateway.ts';
import { makeSagaParts, type SagaParts } from '../../../src/services/orders/saga-parts.ts';
import { makeSimulatedGateway } from '../../../src/services/orders/simulated-gateway.ts';
import type { TestDatabase } from '../../make/postgres.ts';

const tables = 'event_stream, stored_event, handled_command, outbox, saga_instance, simulated_payment';
const startMs = Date.UTC(2026, 4, 4);

function wish(orderId: string, changes: Partial<OrderWish['payment']> = {}): OrderWish {
  return {
    orderId,
    customerId: 'c1',
    currency: 'EUR',
    lines: [{ productId: 'p1', quantity: 2, unitPriceMinor: 500 }],
    payment: { method: 'CREDIT_CARD', instrument: 'tok_visa', installments: 1, ...changes },
  };
}

/** A log that a test holds up or lets fail. */
class ScriptedLog {
  readonly events: OutgoingEvent[] = [];
  before: () => Promise<void> = async () => {};
  after: () => Promise<void> = async () => {};

  async publish(events: readonly OutgoingEvent[]): Promise<void> {
    await this.before();
    this.events.push(...events);
    await this.after();
  }

  get ids(): readonly string[] {
    return this.events.map(({ event }) => event.id);
  }
}

/** What outbox, sagas and sweep promise on any PostgreSQL. */
export function ordersCases(engine: string, open: () => Promise<TestDatabase>): void {
  describe(`orders in ${engine}`, () => {
    let database: TestDatabase;
    let commands: OrderCommands;
    let log: ScriptedLog;
    beforeAll(async () => {
      database = await open();
      commands = makeOrderCommands({ pool: database.pool });
    }, 60_000);
    afterAll(() => database.close());
    beforeEach(async () => {
      await database.pool.query(`truncate ${tables}; update outbox_lease set holder = null, wanted = 0`);
      log = new ScriptedLog();
    });

    const receive = (commandId: string, delta = 10) =>
      commands.changeStock({ commandId, at: startMs, productId: 'p1', delta, reason: 'RECEIVED' });
    const waiting = async () => (await database.pool.query('select 1 from outbox')).rows.length;
    const outbox = (leaseMs = 10_000) =>
      makeOutboxPublisher({ pool: database.pool, publisher: log, batchSize: 3, leaseMs, patienceMs: 20 });

    describe('the outbox', () => {
      test('publishes every event once and in its order, with the state after it', async () => {
        for (const index of [1, 2, 3, 4, 5]) await receive(`r${index}`);
        expect(await outbox().publishAll()).toBe(5);
        expect(log.events.map(({ value }) => (value as { onHand: number }).onHand)).toEqual([10, 20, 30, 40, 50]);
        expect(log.events[4]).toMatchObject({
          topic: 'inventory-events',
          key: 'p1',
          subject: 'InventoryEvent',
          event: { type: 'inventory.updated', source: 'inventory-service', time: '2026-05-04T00:00:00.000Z' },
          value: { productId: 'p1', onHandDelta: 10, streamVersion: 5, reason: 'RECEIVED' },
        });
        expect(await waiting()).toBe(0);
        expect(await outbox().publishAll()).toBe(0);
      });

      test('repeats with the same ids what a crash kept it from removing, and loses nothing', async () => {
        for (const index of [1, 2, 3, 4, 5]) await receive(`r${index}`);
        let calls = 0;
        log.after = async () => {
          calls += 1;
          if (calls === 2) throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'the answer was lost');
        };
        await expect(outbox().publishAll()).rejects.toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE' });
        const first = log.ids;
        await outbox().publishAll();
        expect(log.ids.slice(5)).toEqual(first.slice(3));
        expect(new Set(log.ids).size).toBe(5);
        expect(await waiting()).toBe(0);
      });

      test('publishes one at a time, and the one that is at it takes what comes meanwhile', async () => {
        await receive('r1');
        const gate = Promise.withResolvers<void>();
        const begun = Promise.withResolvers<void>();
        log.before = async () => {
          begun.resolve();
          await gate.promise;
        };
        const first = outbox().publishAll();
        await begun.promise;
        await receive('r2');
        expect(await outbox().publishAll()).toBe(0);
        gate.resolve();
        expect(await first).toBe(2);
        expect(log.events).toHaveLength(2);
      });

      test('does not leave behind what was written while a publisher was about to end', async () => {
        const publishers = [outbox(), outbox(), outbox()];
        const counts = await Promise.all(
          Array.from({ length: 12 }, async (_, index) => {
            await receive(`r${index}`);
            return publishers[index % 3]?.publishAll() ?? 0;
          }),
        );
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
        expect(await waiting()).toBe(0);
        expect(log.events.map(({ value }) => (value as { streamVersion: number }).streamVersion)).toEqual(
          Array.from({ length: 12 }, (_, index) => index + 1),
        );
      });

      test('takes over from a publisher that says nothing for longer than its lease', async () => {
        await receive('r1');
        const hold = (seconds: number) =>
          database.pool.query(`update outbox_lease set holder = 'dead', until = now() + $1 * interval '1 second'`, [
            seconds,
          ]);
        await hold(60);
        expect(await outbox().publishAll()).toBe(0);
        await hold(-1);
        expect(await outbox().publishAll()).toBe(1);
      });

      test('lets a command go on when the log gives no answer', async () => {
        log.before = () => new Promise<never>(() => {});
        await receive('r1');
        await outbox().publishSoon();
        expect(await waiting()).toBe(1);
      });
    });

    describe('the saga', () => {
      let nowMs: number;
      let parts: SagaParts;
      let notices: RoutedEvent[];
      const build = (gateway?: PaymentGateway) => {
        const failed = (error: unknown) => {
          throw error;
        };
        parts = makeSagaParts({
          pool: database.pool,
          publisher: log,
          gateway,
          clock: () => nowMs,
          onPublishFailure: failed,
        });
      };
      beforeEach(() => {
        nowMs = startMs;
        notices = [];
        build();
      });

      const place = async (order: OrderWish) => {
        await commands.placeOrder({ commandId: `place-${order.orderId}`, at: nowMs, order });
        const facts = [{ type: 'order-placed' }] as const;
        return parts.driver.tell(order.orderId, { facts, begins: true, causationId: 'e1' });
      };
      const sweep = (afterMs: number) => {
        nowMs += afterMs;
        const router = { publish: async (events: readonly RoutedEvent[]) => void notices.push(...events) };
        const onFailure = (_order: string, error: unknown) => {
          throw error;
        };
        return sweepOrders({ ...parts, pool: database.pool, router, clock: () => nowMs, onFailure });
      };
      const statusOf = async (orderId: string) => (await commands.order(orderId))?.state.status;

      test('completes an order in one go, and tells who caused what', async () => {
        await receive('r1');
        await place(wish('o1'));
        expect(await statusOf('o1')).toBe('COMPLETED');
        expect((await commands.stock('p1'))?.state).toMatchObject({ onHand: 8, reserved: 0 });
        expect((await commands.payment('o1'))?.state).toMatchObject({ status: 'CAPTURED', amountMinor: 1_000 });
        const trail = await commands.eventsOf('order-o1');
        expect(trail.map(({ type, actor, sagaId }) => [type, actor, sagaId])).toEqual([
          ['order-placed', null, null],
          ['order-stock-reserved', 'order-saga', 'order-saga-o1'],
          ['order-approved', 'order-saga', 'order-saga-o1'],
          ['order-completed', 'order-saga', 'order-saga-o1'],
        ]);
      });

      test('knows the state of an order at any past time', async () => {
        await receive('r1');
        await commands.placeOrder({ commandId: 'p', at: 1_000, order: wish('o1') });
        await commands.cancelOrder({ commandId: 'c', at: 5_000, orderId: 'o1', reason: 'customer' });
        const at = async (timeMs: number) => {
          const found = await commands.stateAt('order-o1', timeMs);
          return found === null ? null : [found.version, (found.state as { status: string }).status];
        };
        expect([await at(999), await at(1_000), await at(4_999), await at(5_000)]).toEqual([
          null,
          [1, 'CREATED'],
          [1, 'CREATED'],
          [2, 'CANCELLED'],
        ]);
        await expect(commands.stateAt('nonsense', 1)).rejects.toMatchObject({ code: 'EVENTBUS_ORDER_INVALID' });
      });

      test('gives a repeated command the first answer, and a refused one its refusal', async () => {
        const command = { commandId: 'p', at: 1_000, order: wish('o1') };
        const first = await commands.placeOrder(command);
        await commands.cancelOrder({ commandId: 'c', at: 2_000, orderId: 'o1', reason: 'customer' });
        expect(await commands.placeOrder({ ...command, at: 9_000 })).toEqual({ ...first, repeated: true });
        const ship = { commandId: 's', at: 3_000, orderId: 'o1' };
        for (const _time of [1, 2]) {
          await expect(commands.markShipped(ship)).rejects.toMatchObject({ code: 'EVENTBUS_ORDER_STATE' });
        }
        await expect(commands.markDelivered(ship)).rejects.toMatchObject({ code: 'EVENTBUS_ORDER_COMMAND_REUSED' });
        const late = commands.markShipped({ ...ship, commandId: 's2', expectedVersion: 1 });
        await expect(late).rejects.toMatchObject({ code: 'EVENTBUS_ORDER_VERSION' });
      });

      test('leaves orders alone that only somebody else has', async () => {
        const told = { facts: [{ type: 'order-placed' } as const], begins: true, causationId: null };
        expect(await parts.driver.tell('recorded', told)).toBe('unknown');
      });

      test('cancels an order whose payment does not come in time, by the clock alone', async () => {
        await receive('r1');
        await place(wish('o1', { instrument: 'tok_pending', payBy: startMs + 60_000 }));
        expect([await statusOf('o1'), (await commands.stock('p1'))?.state.reserved]).toEqual(['STOCK_RESERVED', 2]);
        await sweep(59_999);
        expect(await statusOf('o1')).toBe('STOCK_RESERVED');
        expect(await sweepIsWanted(database.pool, nowMs)).toBe(false);
        expect(await sweepIsWanted(database.pool, nowMs + 1)).toBe(true);
        await sweep(1);
        expect([await statusOf('o1'), (await commands.stock('p1'))?.state.reserved]).toEqual(['CANCELLED', 0]);
        const settled = await commands.settlePayment({ commandId: 's', at: nowMs, orderId: 'o1', outcome: 'captured' });
        expect(settled.state).toMatchObject({ status: 'FAILED', failure: { code: 'cancelled' } });
      });

      test('goes on when the payment comes', async () => {
        await receive('r1');
        await place(wish('o1', { method: 'BOLETO' }));
        await commands.settlePayment({ commandId: 's', at: nowMs, orderId: 'o1', outcome: 'captured' });
        await outbox().publishAll();
        const event = log.events.find(({ event }) => event.type === 'payment.processed');
        expect(event?.value).toMatchObject({ orderId: 'o1', status: 'CAPTURED', attempt: 1 });
        const facts = [{ type: 'payment-captured', attempt: 1 }] as const;
        await parts.driver.tell('o1', { facts, begins: false, causationId: event?.event.id ?? null });
        expect(await statusOf('o1')).toBe('COMPLETED');
      });

      test('charges once when the provider’s answer is lost', async () => {
        await receive('r1');
        await place(wish('o1', { instrument: 'tok_timeout' }));
        expect(await statusOf('o1')).toBe('STOCK_RESERVED');
        await sweep(1_000);
        expect(await statusOf('o1')).toBe('COMPLETED');
        const { rows } = await database.pool.query('select status, calls from simulated_payment');
        expect(rows).toEqual([{ status: 'captured', calls: 2 }]);
      });

      test('tells people once of a saga that cannot be ended, and measures it', async () => {
        await receive('r1');
        const gateway = makeSimulatedGateway(database.pool);
        const away = async () => {
          throw new AppError('EVENTBUS_ORDER_PAYMENT_PROVIDER', 'test');
        };
        build({ ...gateway, charge: away, cancel: away });
        await place(wish('o1'));
        for (let round = 0; round < 14; round += 1) await sweep(700_000);
        expect(await orderHealth(database.pool, nowMs)).toEqual({ stuckSagas: 1, outboxSeconds: 0 });
        expect(notices).toHaveLength(1);
        expect(notices[0]).toMatchObject({
          source: 'event-bus.orders',
          detailType: 'Saga stuck',
          detail: { saga: 'order-saga-o1', order: 'o1', step: 'compensating' },
        });
        build(gateway);
        await sweep(700_000);
        expect(await statusOf('o1')).toBe('CANCELLED');
        expect(await orderHealth(database.pool, nowMs)).toEqual({ stuckSagas: 0, outboxSeconds: 0 });
      });

      test('sells the last piece once when many want it at the same moment', async () => {
        await receive('r1', 2);
        await Promise.all(['o1', 'o2', 'o3', 'o4', 'o5'].map((orderId) => place(wish(orderId))));
        await sleep(0);
        const statuses = await Promise.all(['o1', 'o2', 'o3', 'o4', 'o5'].map(statusOf));
        expect(statuses.toSorted()).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED', 'CANCELLED', 'COMPLETED']);
        expect((await commands.stock('p1'))?.state).toMatchObject({ onHand: 0, reserved: 0 });
      });
    });
  });
}
