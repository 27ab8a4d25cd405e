import { describe, expect, test } from '@jest/globals';
import { type Customer, type CustomerHappening, customerDecider } from '../../../src/core/orders/customer.ts';
import { fold } from '../../../src/core/orders/decider.ts';
import { type StockHappening, stockDecider } from '../../../src/core/orders/inventory.ts';
import { type PaymentHappening, paymentDecider } from '../../../src/core/orders/payment.ts';
import { behaviours } from './given-when-then.ts';

const received = (delta: number): StockHappening => ({
  type: 'stock-changed',
  productId: 'p1',
  delta,
  reason: 'RECEIVED',
});
const reserved = (orderId: string, quantity: number): StockHappening => ({ type: 'stock-reserved', orderId, quantity });
const stock = { productId: 'p1', orderId: 'o1' } as const;

describe('the stock of a product', () => {
  behaviours(stockDecider, [
    {
      name: 'begins with what is received',
      given: [],
      when: { type: 'change', productId: 'p1', delta: 5, reason: 'RECEIVED' },
      gives: [received(5)],
    },
    {
      name: 'is known as empty when nothing is received',
      given: [],
      when: { type: 'count', productId: 'p1', onHand: 0 },
      gives: [{ type: 'stock-changed', productId: 'p1', delta: 0, reason: 'CORRECTED' }],
    },
    {
      name: 'is reserved for an order',
      given: [received(5)],
      when: { type: 'reserve', ...stock, quantity: 5 },
      gives: [reserved('o1', 5)],
    },
    {
      name: 'is reserved for an order once',
      given: [received(5), reserved('o1', 5)],
      when: { type: 'reserve', ...stock, quantity: 5 },
      gives: [],
    },
    {
      name: 'is not promised twice',
      given: [received(5), reserved('o2', 3)],
      when: { type: 'reserve', ...stock, quantity: 3 },
      gives: { refused: 'EVENTBUS_ORDER_STOCK_SHORT', what: 'p1: wanted 3, free 2' },
    },
    {
      name: 'is not reserved of a product that nobody knows',
      given: [],
      when: { type: 'reserve', ...stock, quantity: 1 },
      gives: { refused: 'EVENTBUS_ORDER_PRODUCT_UNKNOWN', what: 'p1' },
    },
    {
      name: 'comes back whole on release',
      given: [received(5), reserved('o1', 3)],
      when: { type: 'release', ...stock },
      gives: [{ type: 'stock-released', orderId: 'o1', quantity: 3 }],
    },
    {
      name: 'leaves on being taken',
      given: [received(5), reserved('o1', 3)],
      when: { type: 'take', ...stock },
      gives: [{ type: 'stock-taken', orderId: 'o1', quantity: 3 }],
    },
    {
      name: 'is not taken without a reservation',
      given: [received(5), reserved('o2', 3)],
      when: { type: 'take', ...stock },
      gives: { refused: 'EVENTBUS_ORDER_RESERVATION_UNKNOWN', what: 'take of p1 for order o1' },
    },
    {
      name: 'is not lessened below what is reserved',
      given: [received(5), reserved('o1', 3)],
      when: { type: 'change', productId: 'p1', delta: -3, reason: 'DAMAGED' },
      gives: { refused: 'EVENTBUS_ORDER_STOCK_SHORT', what: '5 at hand, 3 of them reserved, change -3' },
    },
    {
      name: 'is corrected to what was counted',
      given: [received(5), reserved('o1', 3)],
      when: { type: 'count', productId: 'p1', onHand: 3 },
      gives: [{ type: 'stock-changed', productId: 'p1', delta: -2, reason: 'CORRECTED' }],
    },
  ]);

  test('adds up over a reservation that is taken and one that is released', () => {
    const events = [received(5), reserved('o1', 2), reserved('o2', 1)];
    const ends: StockHappening[] = [
      { type: 'stock-taken', orderId: 'o1', quantity: 2 },
      { type: 'stock-released', orderId: 'o2', quantity: 1 },
    ];
    expect(fold(stockDecider, events)).toEqual({
      productId: 'p1',
      onHand: 5,
      reserved: 3,
      reservations: { o1: 2, o2: 1 },
    });
    expect(fold(stockDecider, [...events, ...ends])).toEqual({
      productId: 'p1',
      onHand: 3,
      reserved: 0,
      reservations: {},
    });
  });
});

const terms = {
  paymentId: 'o1/payment',
  orderId: 'o1',
  customerId: 'c1',
  amountMinor: 2_700,
  currency: 'EUR',
  method: 'CREDIT_CARD',
  installments: 1,
} as const;
const facts = { terms, attempt: 1, provider: 'simulated' } as const;
const failure = { code: 'card_declined', detail: 'The bank declined the card.', retryable: false } as const;
const captured: PaymentHappening = { type: 'payment-captured', ...facts, reference: 'r1' };
const failed: PaymentHappening = { type: 'payment-failed', ...facts, failure };
const refunded: PaymentHappening = { type: 'payment-refunded', amountMinor: 2_700, reason: 'customer' };

describe('a payment', () => {
  behaviours(paymentDecider, [
    { name: 'is captured', given: [], when: { type: 'record-capture', ...facts, reference: 'r1' }, gives: [captured] },
    {
      name: 'is captured once',
      given: [captured],
      when: { type: 'record-capture', ...facts, reference: 'r1' },
      gives: [],
    },
    {
      name: 'is not captured a second time by another charge',
      given: [captured],
      when: { type: 'record-capture', ...facts, attempt: 2, reference: 'r2' },
      gives: { refused: 'EVENTBUS_ORDER_PAYMENT_STATE', what: 'which is CAPTURED' },
    },
    { name: 'fails', given: [], when: { type: 'record-failure', ...facts, failure }, gives: [failed] },
    {
      name: 'is captured by a later attempt',
      given: [failed],
      when: { type: 'record-capture', ...facts, attempt: 2, reference: 'r2' },
      gives: [{ ...captured, attempt: 2, reference: 'r2' }],
    },
    { name: 'fails once an attempt', given: [failed], when: { type: 'record-failure', ...facts, failure }, gives: [] },
    {
      name: 'does not fail after it was captured',
      given: [captured],
      when: { type: 'record-failure', ...facts, failure },
      gives: { refused: 'EVENTBUS_ORDER_PAYMENT_STATE', what: 'record-failure' },
    },
    {
      name: 'is refunded whole',
      given: [captured],
      when: { type: 'record-refund', reason: 'customer' },
      gives: [refunded],
    },
    {
      name: 'is refunded once',
      given: [captured, refunded],
      when: { type: 'record-refund', reason: 'customer' },
      gives: [],
    },
    {
      name: 'is not refunded when it failed',
      given: [failed],
      when: { type: 'record-refund', reason: 'customer' },
      gives: { refused: 'EVENTBUS_ORDER_PAYMENT_STATE', what: 'which is FAILED' },
    },
  ]);
});

const customer: Customer = {
  customerId: 'c1',
  status: 'ACTIVE',
  registeredAt: 1,
  country: 'NO',
  city: 'Oslo',
  language: null,
  currency: 'NOK',
  segment: null,
  marketingConsent: true,
  consentVersion: 'v2',
  consentAt: 1,
  referrer: null,
};
const registered: CustomerHappening = { type: 'customer-registered', customer };
const profile = { country: 'NO', city: 'Oslo', currency: 'NOK', marketingConsent: true, consentVersion: 'v2' };
const closed: CustomerHappening = { type: 'customer-updated', changes: { status: 'CLOSED' } };

describe('a customer', () => {
  behaviours(customerDecider, [
    { name: 'registers', given: [], when: { type: 'register', at: 1, customerId: 'c1', profile }, gives: [registered] },
    {
      name: 'registers once',
      given: [registered],
      when: { type: 'register', at: 2, customerId: 'c1', profile },
      gives: { refused: 'EVENTBUS_ORDER_EXISTS', what: 'c1' },
    },
    {
      name: 'gives a country that exists in form',
      given: [],
      when: { type: 'register', at: 1, customerId: 'c1', profile: { country: 'Norge' } },
      gives: { refused: 'EVENTBUS_ORDER_INVALID', what: 'country is "Norge"' },
    },
    {
      name: 'changes only what is different',
      given: [registered],
      when: { type: 'update', at: 5, changes: { city: 'Bergen', country: 'NO' } },
      gives: [{ type: 'customer-updated', changes: { city: 'Bergen' } }],
    },
    {
      name: 'changes nothing by the same',
      given: [registered],
      when: { type: 'update', at: 5, changes: profile },
      gives: [],
    },
    {
      name: 'is asked again for consent with the time of it',
      given: [registered],
      when: { type: 'update', at: 5, changes: { marketingConsent: false } },
      gives: [{ type: 'customer-updated', changes: { marketingConsent: false, consentAt: 5 } }],
    },
    {
      name: 'is not changed when closed',
      given: [registered, closed],
      when: { type: 'update', at: 5, changes: { city: 'Bergen' } },
      gives: { refused: 'EVENTBUS_ORDER_CUSTOMER_STATE', what: 'c1 is CLOSED' },
    },
    {
      name: 'is not changed before the registration',
      given: [],
      when: { type: 'update', at: 5, changes: {} },
      gives: { refused: 'EVENTBUS_ORDER_CUSTOMER_UNKNOWN', what: 'before the registration' },
    },
  ]);

  test('leaves nothing but the pseudonym and the date when erased, also from a closed account', () => {
    const decision = customerDecider.decide(fold(customerDecider, [registered, closed]), {
      type: 'update',
      at: 9,
      changes: { status: 'ERASED' },
    });
    const events = 'events' in decision ? decision.events : [];
    const erased = Object.entries(fold(customerDecider, [registered, closed, ...events]) ?? {});
    expect(Object.fromEntries(erased.filter(([, value]) => value !== null))).toEqual({
      customerId: 'c1',
      status: 'ERASED',
      registeredAt: 1,
    });
  });
});
