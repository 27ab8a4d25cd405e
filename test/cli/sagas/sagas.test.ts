import { describe, expect, test } from '@jest/globals';
import { listText, sagaText } from '../../../src/cli/sagas/run-sagas.ts';
import type { SagaDetails } from '../../../src/services/orders/read/saga-view.ts';

const saga: SagaDetails = {
  sagaId: 'order-saga-o-1',
  orderId: 'o-1',
  step: 'paying',
  attempts: 2,
  deadline: '2026-05-01T10:00:30.000Z',
  lastError: 'EVENTBUS_ORDER_PAYMENT_PROVIDER',
  startedAt: '2026-05-01T10:00:00.000Z',
  updatedAt: '2026-05-01T10:00:01.000Z',
  endedAt: null,
  stuck: false,
  version: 3,
  state: { payment: 'asked' },
};

describe('sagas, as a person reads them', () => {
  test('a list has a line each, and how many stand at each step', () => {
    const text = listText([saga, { ...saga, orderId: 'o-2', stuck: true, deadline: null }], {
      paying: 2,
      completed: 1234,
    });
    expect(text).toMatch(/o-1 +paying +2 +2026-05-01 10:00:01 +2026-05-01 10:00:30 +EVENTBUS_ORDER_PAYMENT_PROVIDER/);
    expect(text).toMatch(/o-2 +paying \(stuck\) +2 +2026-05-01 10:00:01 +–/);
    expect(text).toContain('altogether: 2 paying, 1,234 completed');
  });

  test('an empty list says so', () => {
    expect(listText([], {})).toBe('no saga to show\n\nthere has been no saga\n');
  });

  test('one saga is shown with what it remembers', () => {
    const text = sagaText(saga);
    expect(text).toContain('ended –');
    expect(text).toContain('"payment": "asked"');
    expect(text).not.toContain('stuck');
  });
});
