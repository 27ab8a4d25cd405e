import { describe, expect, test } from '@jest/globals';
import { type Delivery, judge, type PolicySurroundings, retryRulesOf } from '../../src/core/event-source-policy.ts';
import { retryDelay } from '../../src/core/retry-delay.ts';
import { testConsumer } from '../make/batch-engine.ts';

const around: PolicySurroundings = {
  backoff: { baseMs: 100, capMs: 1_000 },
  random: () => 0.5,
  retryLimit: Number.POSITIVE_INFINITY,
  bisectOnError: false,
  reportsItemFailures: true,
};

function delivery(partition: string, [first, ...others]: readonly number[], changes: Partial<Delivery> = {}): Delivery {
  const offsets = [first as number, ...others];
  const end = (offsets.at(-1) as number) + 1;
  return {
    partition,
    first: first as number,
    end,
    records: offsets.length,
    failures: 0,
    misses: 0,
    offsets: () => offsets,
    ...changes,
  };
}

/** The record at offset 13 was compacted away. */
const records = [10, 11, 12, 14, 15, 16, 17, 18, 19];
const deliveries = [delivery('t-0', records, { failures: 2, misses: 2 }), delivery('t-1', [5])];
const failed = { kind: 'failed', code: 'EVENTBUS_FUNCTION_CRASHED', message: 'x' } as const;
const notRun = { kind: 'not-run', code: 'EVENTBUS_FUNCTION_THROTTLED', message: 'x' } as const;
const answered = (answer: unknown, rules: Partial<PolicySurroundings> = {}) =>
  judge({ kind: 'answered', answer }, deliveries, { ...around, ...rules });
const failures = (...list: readonly unknown[]) => ({
  batchItemFailures: list.map((itemIdentifier) => ({ itemIdentifier })),
});
const settled = (partition: string, next: number) => ({
  partition,
  next,
  givenUp: null,
  retries: [],
  retryInMs: 0,
  misses: 0,
});
const again = { givenUp: null, retryInMs: 50, misses: 1 };
const allSettled = [settled('t-0', 20), settled('t-1', 6)];
const allAgain = [
  { partition: 't-0', next: 10, givenUp: null, retries: [{ end: 20, failures: 3 }], retryInMs: 200, misses: 3 },
  { ...again, partition: 't-1', next: 5, retries: [{ end: 6, failures: 1 }] },
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
    expect(answered(answer)).toEqual({ decisions: allSettled, malformed: null });
  });

  test('delivers a partition again from its lowest failed offset and settles the others', () => {
    const answer = failures({ partition: 't-0', offset: 17 }, { partition: 't-0', offset: 14 });
    expect(answered(answer).decisions).toEqual([
      { ...again, partition: 't-0', next: 14, retries: [{ end: 20, failures: 1 }] },
      settled('t-1', 6),
    ]);
  });

  test('counts on when the same record fails again', () => {
    expect(answered(failures({ partition: 't-0', offset: 10 })).decisions[0]).toEqual(allAgain[0]);
  });

  test.each([
    ['a list that is none', { batchItemFailures: 'all' }, 'batchItemFailures is not a list'],
    ['no identifier', { batchItemFailures: [{}] }, 'itemIdentifier is missing'],
    ['an identifier as text', failures('t-0-14'), 'itemIdentifier is missing or not an object'],
    ['an empty partition', failures({ partition: '', offset: 14 }), 'partition is missing or empty'],
    ['a text offset', failures({ partition: 't-0', offset: '14' }), 'offset is not a whole number'],
    ['a foreign partition', failures({ partition: 't-9', offset: 14 }), '"t-9" is not part of the batch'],
    ['an offset before the batch', failures({ partition: 't-0', offset: 9 }), 'offset 9 of t-0 is no record'],
    ['an offset without a record', failures({ partition: 't-0', offset: 13 }), 'offset 13 of t-0 is no record'],
    ['an offset behind the batch', failures({ partition: 't-1', offset: 6 }), 'offset 6 of t-1 is no record'],
  ])('takes %s for a failure of the whole batch', (_name, answer, why) => {
    const verdict = answered(answer);
    expect(verdict.malformed).toContain(why);
    expect(verdict.decisions).toEqual(allAgain);
  });

  test('delivers everything again when the function failed', () => {
    expect(judge(failed, deliveries, around)).toEqual({ decisions: allAgain, malformed: null });
  });

  test('does not look at the answer of a function that does not report failed records', () => {
    const answer = failures({ partition: 't-0', offset: 14 });
    expect(answered(answer, { reportsItemFailures: false })).toEqual({ decisions: allSettled, malformed: null });
  });
});

describe('what does not count towards the retry limit', () => {
  const strict = { ...around, retryLimit: 0 };

  test('is an invocation that was not run', () => {
    expect(judge(notRun, deliveries, strict).decisions).toEqual([
      { partition: 't-0', next: 10, givenUp: null, retries: [{ end: 20, failures: 2 }], retryInMs: 200, misses: 3 },
      { ...again, partition: 't-1', next: 5, retries: [{ end: 6, failures: 0 }] },
    ]);
  });

  test('is a partition that waits for a dependency; its neighbour’s failure does', () => {
    const answer = failures({ partition: 't-0', offset: 10 }, { partition: 't-1', offset: 5 });
    expect(answered({ ...answer, waitingPartitions: ['t-0'] }, strict).decisions).toEqual([
      { partition: 't-0', next: 10, givenUp: null, retries: [{ end: 20, failures: 2 }], retryInMs: 200, misses: 3 },
      expect.objectContaining({ partition: 't-1', givenUp: expect.objectContaining({ first: 5, end: 6 }) }),
    ]);
  });

  test('is a batch that is halved', () => {
    expect(judge(failed, deliveries, { ...strict, bisectOnError: true }).decisions[0]).toMatchObject({
      next: 10,
      givenUp: null,
      retries: [
        { end: 15, failures: 0 },
        { end: 20, failures: 0 },
      ],
    });
  });

  test('is a batch that is parted at the record that the answer names', () => {
    const answer = failures({ partition: 't-0', offset: 14 });
    expect(answered(answer, { retryLimit: 0, bisectOnError: true }).decisions[0]).toMatchObject({
      next: 14,
      givenUp: null,
      retries: [{ end: 20, failures: 0 }],
    });
  });
});

describe('the retry limit', () => {
  test('is used up by the failure after the last retry, and the rest of the batch is given up as a whole', () => {
    expect(judge(failed, deliveries, { ...around, retryLimit: 2 }).decisions).toEqual([
      {
        partition: 't-0',
        next: 10,
        givenUp: { first: 10, end: 20, reason: 'RetryAttemptsExhausted', invocations: 3 },
        retries: [],
        retryInMs: 0,
        misses: 3,
      },
      allAgain[1],
    ]);
  });

  test('holds for a single record also when the mapping bisects', () => {
    const [, single] = judge(failed, deliveries, { ...around, retryLimit: 0, bisectOnError: true }).decisions;
    expect(single?.givenUp).toMatchObject({ first: 5, end: 6, invocations: 1 });
  });

  test.each([
    [{ retryAttempts: 3 }, 3],
    [{ retryAttempts: 0 }, 0],
    [{ retryAttempts: -1 }, Number.POSITIVE_INFINITY],
    [{ retryAttempts: -1, onFailure: 'queue' }, 10],
  ] as const)('of a consumer with %j is %d', (changes, retryLimit) => {
    expect(retryRulesOf({ ...testConsumer, ...changes })).toEqual({
      retryLimit,
      bisectOnError: false,
      reportsItemFailures: true,
    });
  });
});

test('waits double up to the cap and are drawn evenly below it', () => {
  const backoff = { baseMs: 100, capMs: 1_000 };
  expect([1, 2, 3, 4, 5, 99].map((attempt) => retryDelay(backoff, attempt, 0.999_999))).toEqual([
    99, 199, 399, 799, 999, 999,
  ]);
  expect(retryDelay(backoff, 4, 0)).toBe(0);
});
