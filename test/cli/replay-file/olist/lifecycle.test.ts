import { describe, expect, test } from '@jest/globals';
import type { OrderEvent } from '../../../../src/catalogue/events.generated.ts';
import { eventsOf, stepsOf } from '../../../../src/cli/replay-file/olist/lifecycle.ts';
import type { RecordedOrder } from '../../../../src/cli/replay-file/olist/recorded-order.ts';
import { inOrderOfTime } from '../../../../src/cli/replay-file/olist/replay-orders.ts';
import { makeCodec } from '../../../../src/codec/codec.ts';

const line = { lineNumber: 1, productId: 'p', sellerId: 's', unitPriceMinor: 5890, freightMinor: 1329, shipBy: 900 };
const payment = { sequence: 1, method: 'CREDIT_CARD', installments: 2, amountMinor: 7219 } as const;

function order(given: Partial<RecordedOrder> = {}): RecordedOrder {
  return {
    orderId: 'o',
    customerId: 'c',
    status: 'DELIVERED',
    purchasedAt: 1_000,
    approvedAt: 2_000,
    handedToCarrierAt: 3_000,
    deliveredAt: 4_000,
    estimatedDeliveryAt: 9_000,
    lines: [line],
    payments: [payment],
    ...given,
  };
}

const usual = () => stepsOf(order()).flatMap(eventsOf);

const told = (given: Partial<RecordedOrder> = {}) =>
  stepsOf(order(given))
    .flatMap(eventsOf)
    .map(({ event, value }) => `${event.type} ${(value as OrderEvent).status}`);

describe('a recorded order', () => {
  test('becomes its life in events, the payments with the approval', () => {
    expect(told()).toEqual([
      'order.created CREATED',
      'payment.processed CAPTURED',
      'order.updated APPROVED',
      'order.updated SHIPPED',
      'order.completed DELIVERED',
    ]);
  });

  test('keeps its times as recorded, and never goes back, when the hand-over lies before the approval', () => {
    const events = stepsOf(order({ handedToCarrierAt: 1_500 })).flatMap(eventsOf);
    const orders = events.filter(({ topic }) => topic === 'order-events').map(({ value }) => value as OrderEvent);
    expect(orders.map(({ status, approvedAt, streamVersion }) => ({ status, approvedAt, streamVersion }))).toEqual([
      { status: 'CREATED', approvedAt: null, streamVersion: 1 },
      { status: 'SHIPPED', approvedAt: null, streamVersion: 2 },
      { status: 'SHIPPED', approvedAt: 2_000, streamVersion: 3 },
      { status: 'DELIVERED', approvedAt: 2_000, streamVersion: 4 },
    ]);
  });

  test.each([
    ['CANCELLED', 'order.cancelled'],
    ['UNAVAILABLE', 'order.updated'],
    ['INVOICED', 'order.updated'],
    ['PROCESSING', 'order.updated'],
  ] as const)('ends %s with the last time that is known', (status, type) => {
    const steps = stepsOf(order({ status, handedToCarrierAt: null, deliveredAt: null }));
    const [last] = steps.slice(-1).flatMap(eventsOf);
    expect(last?.event).toMatchObject({ type, time: new Date(2_000).toISOString() });
    expect(last?.value).toMatchObject({ status, changedFields: ['status'], approvedAt: 2_000 });
  });

  test('is complete without the time of its delivery, and cancelled after a delivery, when the file says so', () => {
    expect(told({ deliveredAt: null }).at(-1)).toBe('order.completed DELIVERED');
    expect(told({ status: 'CANCELLED' }).slice(-2)).toEqual(['order.completed DELIVERED', 'order.cancelled CANCELLED']);
  });

  test('that was never approved tells of no payment', () => {
    const nothing = { approvedAt: null, handedToCarrierAt: null, deliveredAt: null } as const;
    expect(told({ ...nothing, status: 'CANCELLED' })).toEqual(['order.created CREATED', 'order.cancelled CANCELLED']);
    expect(told({ ...nothing, status: 'CREATED' })).toEqual(['order.created CREATED']);
  });

  test('sums its lines, fits the schemas, and has the same event ids in every replay', () => {
    const codec = makeCodec();
    for (const { subject, value } of usual()) expect(codec.encode(subject, value).length).toBeGreaterThan(0);
    expect(usual()[0]?.value).toMatchObject({ itemsMinor: 5890, freightMinor: 1329, totalMinor: 7219 });
    const ids = usual().map(({ event }) => event.id);
    expect(usual().map(({ event }) => event.id)).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('orders are told together, in the order of time', () => {
  const second = { orderId: 'later', purchasedAt: 2_500, approvedAt: 3_500, status: 'APPROVED' } as const;
  const steps = inOrderOfTime([order({ ...second, handedToCarrierAt: null, deliveredAt: null }), order()]);
  expect(steps.map(({ order: { orderId }, kind }) => `${orderId} ${kind}`)).toEqual([
    'o placed',
    'o approved',
    'later placed',
    'o handed-over',
    'later approved',
    'o delivered',
  ]);
});
