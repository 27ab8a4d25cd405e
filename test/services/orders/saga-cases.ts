import { beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OrderWish } from '../../../src/core/orders/order.ts';
import type { RoutedEvent } from '../../../src/ports/event-router/event-router.ts';
import { countStuck, sweepIsWanted, sweepOrders } from '../../../src/services/orders/order-sweep.ts';
import type { PaymentGateway } from '../../../src/services/orders/payment-gateway.ts';
import { makeSagaParts, type SagaParts } from '../../../src/services/orders/saga-parts.ts';
import { makeSimulatedGateway } from '../../../src/services/orders/simulated-gateway.ts';
import { outboxOf, receive, type ShopUnderTest, startMs, wish } from './shop-under-test.ts';

function rethrow(error: unknown): never {
  throw error;
}

function away(): Promise<never> {
  return Promise.reject(new AppError('EVENTBUS_ORDER_PAYMENT_PROVIDER', 'test'));
}

async function statusOf({ commands }: ShopUnderTest, orderId: string) {
  return (await commands.order(orderId))?.state.status;
}

/** What sagas and the sweep promise on any PostgreSQL. */
export function sagaCases(shop: () => ShopUnderTest): void {
  describe('the saga', () => {
    let nowMs: number;
    let parts: SagaParts;
    let notices: RoutedEvent[];
    const build = (gateway?: PaymentGateway) => {
      parts = makeSagaParts({
        pool: shop().database.pool,
        publisher: shop().log,
        gateway,
        clock: () => nowMs,
        onPublishFailure: rethrow,
      });
    };
    beforeEach(() => {
      nowMs = startMs;
      notices = [];
      build();
    });

    const place = async (order: OrderWish) => {
      await shop().commands.placeOrder({ commandId: `place-${order.orderId}`, at: nowMs, order });
      const facts = [{ type: 'order-placed' }] as const;
      return parts.driver.tell(order.orderId, { facts, begins: true, causationId: 'e1' });
    };
    const sweep = (afterMs: number) => {
      nowMs += afterMs;
      const router = { publish: async (events: readonly RoutedEvent[]) => void notices.push(...events) };
      return sweepOrders({
        ...parts,
        pool: shop().database.pool,
        router,
        clock: () => nowMs,
        onFailure: (_order, error) => rethrow(error),
      });
    };

    test('completes an order in one go, and tells who caused what', async () => {
      await receive(shop(), 'r1');
      await place(wish('o1'));
      expect(await statusOf(shop(), 'o1')).toBe('COMPLETED');
      expect((await shop().commands.stock('p1'))?.state).toMatchObject({ onHand: 8, reserved: 0 });
      expect((await shop().commands.payment('o1'))?.state).toMatchObject({ status: 'CAPTURED', amountMinor: 1_000 });
      const trail = await shop().commands.eventsOf('order-o1');
      expect(trail.map(({ type, actor, sagaId }) => [type, actor, sagaId])).toEqual([
        ['order-placed', null, null],
        ['order-stock-reserved', 'order-saga', 'order-saga-o1'],
        ['order-approved', 'order-saga', 'order-saga-o1'],
        ['order-completed', 'order-saga', 'order-saga-o1'],
      ]);
    });

    test('knows the state of an order at any past time', async () => {
      await receive(shop(), 'r1');
      await shop().commands.placeOrder({ commandId: 'p', at: 1_000, order: wish('o1') });
      await shop().commands.cancelOrder({ commandId: 'c', at: 5_000, orderId: 'o1', reason: 'customer' });
      const at = async (timeMs: number) => {
        const found = await shop().commands.stateAt('order-o1', timeMs);
        return found === null ? null : [found.version, (found.state as { status: string }).status];
      };
      expect([await at(999), await at(1_000), await at(4_999), await at(5_000)]).toEqual([
        null,
        [1, 'CREATED'],
        [1, 'CREATED'],
        [2, 'CANCELLED'],
      ]);
      await expect(shop().commands.stateAt('nonsense', 1)).rejects.toMatchObject({ code: 'EVENTBUS_ORDER_INVALID' });
    });

    test('gives a repeated command the first answer, and a refused one its refusal', async () => {
      const command = { commandId: 'p', at: 1_000, order: wish('o1') };
      const first = await shop().commands.placeOrder(command);
      await shop().commands.cancelOrder({ commandId: 'c', at: 2_000, orderId: 'o1', reason: 'customer' });
      expect(await shop().commands.placeOrder({ ...command, at: 9_000 })).toEqual({ ...first, repeated: true });
      const ship = { commandId: 's', at: 3_000, orderId: 'o1' };
      for (const _time of [1, 2]) {
        await expect(shop().commands.markShipped(ship)).rejects.toMatchObject({ code: 'EVENTBUS_ORDER_STATE' });
      }
      await expect(shop().commands.markDelivered(ship)).rejects.toMatchObject({
        code: 'EVENTBUS_ORDER_COMMAND_REUSED',
      });
      const late = shop().commands.markShipped({ ...ship, commandId: 's2', expectedVersion: 1 });
      await expect(late).rejects.toMatchObject({ code: 'EVENTBUS_ORDER_VERSION' });
    });

    test('leaves orders alone that only somebody else has', async () => {
      const told = { facts: [{ type: 'order-placed' } as const], begins: true, causationId: null };
      expect(await parts.driver.tell('recorded', told)).toBe('unknown');
    });

    test('cancels an order whose payment does not come in time, by the clock alone', async () => {
      await receive(shop(), 'r1');
      await place(wish('o1', { instrument: 'tok_pending', payBy: startMs + 60_000 }));
      expect([await statusOf(shop(), 'o1'), (await shop().commands.stock('p1'))?.state.reserved]).toEqual([
        'STOCK_RESERVED',
        2,
      ]);
      await sweep(59_999);
      expect(await statusOf(shop(), 'o1')).toBe('STOCK_RESERVED');
      expect(await sweepIsWanted(shop().database.pool, nowMs)).toBe(false);
      expect(await sweepIsWanted(shop().database.pool, nowMs + 1)).toBe(true);
      await sweep(1);
      expect([await statusOf(shop(), 'o1'), (await shop().commands.stock('p1'))?.state.reserved]).toEqual([
        'CANCELLED',
        0,
      ]);
      const settled = await shop().commands.settlePayment({
        commandId: 's',
        at: nowMs,
        orderId: 'o1',
        outcome: 'captured',
      });
      expect(settled.state).toMatchObject({ status: 'FAILED', failure: { code: 'cancelled' } });
    });

    test('goes on when the payment comes', async () => {
      await receive(shop(), 'r1');
      await place(wish('o1', { method: 'BOLETO' }));
      await shop().commands.settlePayment({ commandId: 's', at: nowMs, orderId: 'o1', outcome: 'captured' });
      await outboxOf(shop()).publishAll();
      const event = shop().log.events.find(({ event }) => event.type === 'payment.processed');
      expect(event?.value).toMatchObject({ orderId: 'o1', status: 'CAPTURED', attempt: 1 });
      const facts = [{ type: 'payment-captured', attempt: 1 }] as const;
      await parts.driver.tell('o1', { facts, begins: false, causationId: event?.event.id ?? null });
      expect(await statusOf(shop(), 'o1')).toBe('COMPLETED');
    });

    test('charges once when the provider’s answer is lost', async () => {
      await receive(shop(), 'r1');
      await place(wish('o1', { instrument: 'tok_timeout' }));
      expect(await statusOf(shop(), 'o1')).toBe('STOCK_RESERVED');
      await sweep(1_000);
      expect(await statusOf(shop(), 'o1')).toBe('COMPLETED');
      const { rows } = await shop().database.pool.query('select status, calls from simulated_payment');
      expect(rows).toEqual([{ status: 'captured', calls: 2 }]);
    });

    test('tells people once of a saga that cannot be ended, and measures it', async () => {
      await receive(shop(), 'r1');
      const gateway = makeSimulatedGateway(shop().database.pool);
      build({ ...gateway, charge: away, cancel: away });
      await place(wish('o1'));
      for (let round = 0; round < 14; round += 1) await sweep(700_000);
      expect(await countStuck(shop().database.pool)).toBe(1);
      expect(notices).toHaveLength(1);
      expect(notices[0]).toMatchObject({
        source: 'event-bus.orders',
        detailType: 'Saga stuck',
        detail: { saga: 'order-saga-o1', order: 'o1', step: 'compensating' },
      });
      build(gateway);
      await sweep(700_000);
      expect(await statusOf(shop(), 'o1')).toBe('CANCELLED');
      expect(await countStuck(shop().database.pool)).toBe(0);
    });

    test('sells the last piece once when many want it at the same moment', async () => {
      await receive(shop(), 'r1', 2);
      await Promise.all(['o1', 'o2', 'o3', 'o4', 'o5'].map((orderId) => place(wish(orderId))));
      const statuses = await Promise.all(['o1', 'o2', 'o3', 'o4', 'o5'].map((id) => statusOf(shop(), id)));
      expect(statuses.filter((status) => status === 'COMPLETED')).toHaveLength(1);
      expect(statuses.filter((status) => status === 'CANCELLED')).toHaveLength(4);
      expect((await shop().commands.stock('p1'))?.state).toMatchObject({ onHand: 0, reserved: 0 });
    });
  });
}
