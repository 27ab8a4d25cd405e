import { describe, expect, test } from '@jest/globals';
import {
  maxTries,
  newSaga,
  type OrderSaga,
  outstanding,
  react,
  type SagaFact,
  sagaTimes,
} from '../../../src/core/orders/saga.ts';

const beginning = newSaga({
  sagaId: 's1',
  orderId: 'o1',
  correlationId: null,
  wanted: new Map([
    ['p1', 2],
    ['p2', 1],
  ]),
  at: 0,
});

function after(...facts: readonly SagaFact[]): OrderSaga {
  return facts.reduce((saga, fact) => react(saga, fact, 10), beginning);
}

const reserved = (productId: string): SagaFact => ({ type: 'stock-reserved', productId });
const gone = (productId: string): SagaFact => ({ type: 'stock-gone', productId });
const taken = (productId: string): SagaFact => ({ type: 'stock-taken', productId });
const noted: SagaFact = { type: 'order-noted' };
const captured: SagaFact = { type: 'payment-captured', attempt: 1 };
const failed = (attempt: number, retryable: boolean): SagaFact => ({
  type: 'payment-failed',
  attempt,
  retryable,
  reason: 'payment-card_declined',
});
const cancelled: SagaFact = { type: 'order-cancelled', reason: 'customer' };
const goods = [reserved('p1'), reserved('p2')];

/** What has been learnt, the step it leads to, and what is to be done then. */
const cases: readonly (readonly [name: string, facts: readonly SagaFact[], step: string, todo: readonly string[]])[] = [
  ['begins by reserving each product', [], 'reserving', ['reserve-stock p1', 'reserve-stock p2']],
  ['reserves what is still missing', [reserved('p1')], 'reserving', ['reserve-stock p2']],
  ['notes the reservation before it asks for money', goods, 'paying', ['note-stock-reserved']],
  ['takes the payment', [...goods, noted], 'paying', ['take-payment 1']],
  [
    'waits while the provider does',
    [...goods, noted, { type: 'payment-pending', attempt: 1, payBy: null }],
    'paying',
    [],
  ],
  ['asks for the order’s consent first', [...goods, noted, captured], 'finishing', ['approve-order']],
  [
    'takes the goods then',
    [...goods, noted, captured, { type: 'order-approved' }],
    'finishing',
    ['take-stock p1', 'take-stock p2'],
  ],
  [
    'completes the order at last',
    [...goods, noted, captured, { type: 'order-approved' }, taken('p1'), taken('p2')],
    'finishing',
    ['complete-order'],
  ],
  [
    'ends with the completed order',
    [...goods, noted, captured, { type: 'order-approved' }, taken('p1'), taken('p2'), { type: 'order-completed' }],
    'completed',
    [],
  ],
  [
    'releases the first product when the second is not to be had',
    [reserved('p1'), { type: 'stock-refused', productId: 'p2', reason: 'out-of-stock' }],
    'compensating',
    ['cancel-order out-of-stock', 'release-stock p1'],
  ],
  ['tries another attempt when the refusal may pass', [...goods, noted, failed(1, true)], 'paying', ['take-payment 2']],
  [
    'gives up after the third attempt',
    [...goods, noted, failed(1, true), failed(2, true), failed(3, true)],
    'compensating',
    ['cancel-order payment-card_declined', 'release-stock p1', 'release-stock p2'],
  ],
  [
    'does not hear the refusal of an attempt that is over',
    [...goods, noted, failed(1, true), failed(1, false)],
    'paying',
    ['take-payment 2'],
  ],
  [
    'ends a payment that may be under way when the customer cancels',
    [...goods, noted, cancelled],
    'compensating',
    ['close-payment 1', 'release-stock p1', 'release-stock p2'],
  ],
  [
    'gives the money back when the customer cancelled before the approval',
    [...goods, noted, captured, cancelled],
    'compensating',
    ['close-payment 1', 'release-stock p1', 'release-stock p2'],
  ],
  [
    'prevents a reservation that is under way when the customer cancels',
    [reserved('p1'), cancelled],
    'compensating',
    ['release-stock p1', 'release-stock p2'],
  ],
  [
    'ends when everything is undone',
    [...goods, noted, cancelled, { type: 'payment-over' }, gone('p1'), gone('p2')],
    'cancelled',
    [],
  ],
  [
    'is not turned back by old news of a payment that is over',
    [...goods, noted, cancelled, { type: 'payment-over' }, captured, gone('p1'), gone('p2')],
    'cancelled',
    [],
  ],
  [
    'is not turned back once the order is approved',
    [...goods, noted, captured, { type: 'order-approved' }, cancelled],
    'finishing',
    ['take-stock p1', 'take-stock p2'],
  ],
];

describe('the saga of an order', () => {
  test.each(cases)('%s', (...[, facts, step, todo]) => {
    const saga = after(...facts);
    const tasks = outstanding(saga).map(({ type, ...rest }) =>
      [type, Object.values(rest)[0]].filter(Boolean).join(' '),
    );
    expect({ step: saga.step, tasks }).toEqual({ step, tasks: todo });
  });

  test('is the same object after news that it knows', () => {
    const saga = after(...goods, noted, captured);
    for (const fact of [...goods, noted, captured, failed(1, false)]) expect(react(saga, fact, 99)).toBe(saga);
  });

  test('hears its deadline only when it is there', () => {
    expect(react(beginning, { type: 'deadline' }, sagaTimes.stepMs - 1)).toBe(beginning);
    expect(react(beginning, { type: 'deadline' }, sagaTimes.stepMs).tries).toBe(1);
  });

  test('gives up a reservation and a payment that nobody answers, and counts anew from there', () => {
    for (const start of [beginning, after(...goods, noted)]) {
      let saga = start;
      for (let tries = 0; tries < maxTries; tries += 1) saga = react(saga, { type: 'deadline' }, saga.deadline ?? 0);
      expect(saga).toMatchObject({ step: 'compensating', tries: 0 });
      expect(saga.reason).toMatch(/^(stock|payment)-timeout$/);
    }
  });

  test('waits for a pending payment as long as the order says, and then undoes all', () => {
    const waiting = after(...goods, noted, { type: 'payment-pending', attempt: 1, payBy: 5_000 });
    expect(react(waiting, { type: 'deadline' }, 4_999)).toBe(waiting);
    const late = react(waiting, { type: 'deadline' }, 5_000);
    expect({ step: late.step, reason: late.reason }).toEqual({ step: 'compensating', reason: 'payment-timeout' });
  });

  test('never gives up an approved order, and tries again at growing intervals', () => {
    let saga = after(...goods, noted, captured, { type: 'order-approved' });
    const waits: number[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      const at = saga.deadline ?? 0;
      expect(saga.tries).toBe(tries);
      saga = react(saga, { type: 'deadline' }, at);
      waits.push((saga.deadline ?? 0) - at);
    }
    expect(saga.step).toBe('finishing');
    expect(waits.slice(0, 3)).toEqual([30_000, 60_000, 120_000]);
    expect(Math.max(...waits)).toBe(sagaTimes.longestMs);
  });

  test('comes back soon after trouble, later each time', () => {
    const once = react(beginning, { type: 'trouble', what: 'away' }, 100);
    expect({ deadline: once.deadline, lastError: once.lastError }).toEqual({ deadline: 1_100, lastError: 'away' });
    const twice = react(react(once, { type: 'deadline' }, 1_100), { type: 'trouble', what: 'away' }, 1_100);
    expect(twice.deadline).toBe(3_100);
  });
});
