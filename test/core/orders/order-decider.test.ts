import { describe, expect, test } from '@jest/globals';
import { fold } from '../../../src/core/orders/decider.ts';
import type { Order, OrderCommand, OrderHappening, OrderWish } from '../../../src/core/orders/order.ts';
import { orderDecider } from '../../../src/core/orders/order-decider.ts';
import { behaviours } from './given-when-then.ts';

const wish: OrderWish = {
  orderId: 'o1',
  customerId: 'c1',
  currency: 'EUR',
  lines: [
    { productId: 'p1', quantity: 2, unitPriceMinor: 1_000, freightMinor: 300 },
    { productId: 'p2', quantity: 1, unitPriceMinor: 500 },
  ],
  discountMinor: 100,
  payment: { method: 'CREDIT_CARD', instrument: 'tok_visa', installments: 1 },
  country: 'NO',
};

const order: Order = {
  orderId: 'o1',
  customerId: 'c1',
  status: 'CREATED',
  currency: 'EUR',
  itemsMinor: 2_500,
  freightMinor: 300,
  discountMinor: 100,
  taxMinor: null,
  totalMinor: 2_700,
  lines: [
    {
      lineNumber: 1,
      productId: 'p1',
      sellerId: null,
      quantity: 2,
      unitPriceMinor: 1_000,
      freightMinor: 300,
      shipBy: null,
    },
    { lineNumber: 2, productId: 'p2', sellerId: null, quantity: 1, unitPriceMinor: 500, freightMinor: 0, shipBy: null },
  ],
  purchasedAt: 1,
  approvedAt: null,
  handedToCarrierAt: null,
  deliveredAt: null,
  estimatedDeliveryAt: null,
  channel: null,
  country: 'NO',
  language: null,
  payment: { method: 'CREDIT_CARD', instrument: 'tok_visa', installments: 1 },
  cancellationReason: null,
};

const placed: OrderHappening = { type: 'order-placed', order };
const reserved: OrderHappening = { type: 'order-stock-reserved' };
const approved: OrderHappening = { type: 'order-approved', at: 3 };
const completed: OrderHappening = { type: 'order-completed' };
const shipped: OrderHappening = { type: 'order-shipped', at: 5 };
const cancelled: OrderHappening = { type: 'order-cancelled', reason: 'customer' };

const place = (changes: Partial<OrderWish>): OrderCommand => ({ type: 'place', at: 1, order: { ...wish, ...changes } });
const at = (type: 'note-stock-reserved' | 'approve' | 'complete' | 'ship' | 'deliver', time = 9): OrderCommand => ({
  type,
  at: time,
});
const cancel: OrderCommand = { type: 'cancel', at: 9, reason: 'customer' };
const invalid = (what: string) => ({ refused: 'EVENTBUS_ORDER_INVALID', what });
const [line] = wish.lines;

describe('an order', () => {
  behaviours(orderDecider, [
    { name: 'is placed with its sums', given: [], when: place({}), gives: [placed] },
    {
      name: 'is not placed over another one of its id',
      given: [placed],
      when: place({}),
      gives: { refused: 'EVENTBUS_ORDER_EXISTS', what: 'o1' },
    },
    { name: 'has at least one line', given: [], when: place({ lines: [] }), gives: invalid('has 0 lines') },
    {
      name: 'names the line whose quantity is wrong',
      given: [],
      when: place({ lines: [line as never, { productId: 'p2', quantity: 0, unitPriceMinor: 5 }] }),
      gives: invalid('lines[1].quantity is 0; allowed are whole numbers from 1'),
    },
    { name: 'has a currency', given: [], when: place({ currency: 'euro' }), gives: invalid('currency is "euro"') },
    {
      name: 'has a discount up to its sum',
      given: [],
      when: place({ discountMinor: 2_801 }),
      gives: invalid('at most 2800'),
    },
    {
      name: 'has an id without spaces',
      given: [],
      when: place({ orderId: 'o 1' }),
      gives: invalid('orderId is "o 1"'),
    },
    { name: 'notes its reservation', given: [placed], when: at('note-stock-reserved'), gives: [reserved] },
    { name: 'notes its reservation once', given: [placed, reserved], when: at('note-stock-reserved'), gives: [] },
    { name: 'is approved with its time', given: [placed, reserved], when: at('approve', 3), gives: [approved] },
    {
      name: 'is not approved without goods',
      given: [placed],
      when: at('approve'),
      gives: { refused: 'EVENTBUS_ORDER_STATE', what: 'in status CREATED; allowed in STOCK_RESERVED' },
    },
    {
      name: 'is completed after its approval',
      given: [placed, reserved, approved],
      when: at('complete'),
      gives: [completed],
    },
    {
      name: 'is shipped when it is complete',
      given: [placed, reserved, approved, completed],
      when: at('ship', 5),
      gives: [shipped],
    },
    {
      name: 'is not delivered before it is shipped',
      given: [placed, reserved, approved, completed],
      when: at('deliver'),
      gives: { refused: 'EVENTBUS_ORDER_STATE', what: 'in status COMPLETED' },
    },
    { name: 'is cancelled while nothing is approved', given: [placed, reserved], when: cancel, gives: [cancelled] },
    { name: 'is cancelled once', given: [placed, cancelled], when: cancel, gives: [] },
    {
      name: 'is not cancelled after its approval',
      given: [placed, reserved, approved],
      when: cancel,
      gives: { refused: 'EVENTBUS_ORDER_STATE', what: 'in status APPROVED' },
    },
    {
      name: 'is not approved after its cancellation',
      given: [placed, reserved, cancelled],
      when: at('approve'),
      gives: { refused: 'EVENTBUS_ORDER_STATE', what: 'in status CANCELLED' },
    },
    {
      name: 'is not cancelled before it is there',
      given: [],
      when: cancel,
      gives: { refused: 'EVENTBUS_ORDER_UNKNOWN', what: 'never placed' },
    },
  ]);

  test('knows when it was approved, handed over and delivered', () => {
    const events = [placed, reserved, approved, completed, shipped, { type: 'order-delivered', at: 7 } as const];
    expect(fold(orderDecider, events)).toEqual({
      ...order,
      status: 'DELIVERED',
      approvedAt: 3,
      handedToCarrierAt: 5,
      deliveredAt: 7,
    });
  });
});
