import { describe, expect, test } from '@jest/globals';
import { type Delivery, judge } from '../../src/core/event-source-policy.ts';
import { retryDelay } from '../../src/core/retry-delay.ts';

const around = { backoff: { baseMs: 100, capMs: 1_000 }, random: () => 0.5 };
const deliveries: readonly Delivery[] = [
  { partition: 't-0', first: 10, end: 20, failures: 2 },
  { partition: 't-1', first: 5, end: 6, failures: 0 },
];
const answered = (answer: unknown) => judge({ kind: 'answered', answer }, deliveries, around);
const failures = (...list: readonly unknown[]) => ({
  batchItemFailures: list.map((itemIdentifier) => ({ itemIdentifier })),
});
const settled = [
  { partition: 't-0', next: 20, retryInMs: null, failures: 0 },
  { partition: 't-1', next: 6, retryInMs: null, failures: 0 },
];
const allAgain = [
  { partition: 't-0', next: 10, retryInMs: 200, failures: 3 },
  { partition: 't-1', next: 5, retryInMs: 50, failures: 1 },
];

describe('the verdict on an invocation', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a text', 'fine'],
    ['a null list', { batchItemFailures: null }],
    ['an empty list', { batchItemFailures: [] }],
  ])('with %s as answer settles the whole batch', (_name, answer) => {
    expect(answered(answer)).toEqual({ decisions: settled, malformed: null });
  });

  test('delivers a partition again from its lowest failed offset and settles the others', () => {
    const answer = failures({ partition: 't-0', offset: 17 }, { partition: 't-0', offset: 14 });
    expect(answered(answer).decisions).toEqual([
      { partition: 't-0', next: 14, retryInMs: 50, failures: 1 },
      { partition: 't-1', next: 6, retryInMs: null, failures: 0 },
    ]);
  });

  test('counts on when the same record fails again', () => {
    const [decision] = answered(failures({ partition: 't-0', offset: 10 })).decisions;
    expect(decision).toEqual({ partition: 't-0', next: 10, retryInMs: 200, failures: 3 });
  });

  test.each([
    ['a list that is none', { batchItemFailures: 'all' }, 'batchItemFailures is not a list'],
    ['no identifier', { batchItemFailures: [{}] }, 'itemIdentifier is missing'],
    ['an identifier as text', failures('t-0-14'), 'itemIdentifier is missing or not an object'],
    ['an empty partition', failures({ partition: '', offset: 14 }), 'partition is missing or empty'],
    ['a text offset', failures({ partition: 't-0', offset: '14' }), 'offset is not a whole number'],
    ['a foreign partition', failures({ partition: 't-9', offset: 14 }), '"t-9" is not part of the batch'],
    ['an offset before the batch', failures({ partition: 't-0', offset: 9 }), 'offset 9 of t-0 is outside the batch'],
    ['an offset behind the batch', failures({ partition: 't-1', offset: 6 }), 'offset 6 of t-1 is outside the batch'],
  ])('takes %s for a failure of the whole batch', (_name, answer, why) => {
    const verdict = answered(answer);
    expect(verdict.malformed).toContain(why);
    expect(verdict.decisions).toEqual(allAgain);
  });

  test('delivers everything again when the function failed', () => {
    const outcome = { kind: 'failed', code: 'EVENTBUS_FUNCTION_CRASHED', message: 'x' } as const;
    expect(judge(outcome, deliveries, around)).toEqual({ decisions: allAgain, malformed: null });
  });
});

test('waits double up to the cap and are drawn evenly below it', () => {
  const backoff = { baseMs: 100, capMs: 1_000 };
  expect([1, 2, 3, 4, 5, 99].map((attempt) => retryDelay(backoff, attempt, 0.999_999))).toEqual([
    99, 199, 399, 799, 999, 999,
  ]);
  expect(retryDelay(backoff, 4, 0)).toBe(0);
});
