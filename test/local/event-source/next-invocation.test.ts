import { describe, expect, test } from '@jest/globals';
import {
  type BatchLimits,
  type NextInvocation,
  nextInvocation,
} from '../../../src/local/event-source/next-invocation.ts';
import { PartitionState } from '../../../src/local/event-source/partition-state.ts';
import { readRecordChunks } from '../../../src/local/event-source/record-chunk.ts';
import { lambdaPayloadCharacters } from '../../../src/local/event-source/source-options.ts';
import { kafkaBatch } from '../../make/kafka-batch.ts';

const limits: BatchLimits = {
  batchSize: 10,
  batchWindowMs: 0,
  maxJsonLength: lambdaPayloadCharacters,
  maxRecordAgeMs: Number.POSITIVE_INFINITY,
};

/** A partition with records that arrived at a given time. */
function partition(number: number, records: number, { arrivedAtMs = 0, valueBytes = 10 } = {}): PartitionState {
  const state = new PartitionState({ topic: 't', partition: number }, 0);
  const value = Buffer.alloc(valueBytes);
  if (records > 0) {
    const batch = kafkaBatch(Array.from({ length: records }, () => ({ value })));
    state.append(readRecordChunks('t', batch, 0), arrivedAtMs);
  }
  return state;
}

const shown = (next: NextInvocation) =>
  'parts' in next
    ? next.parts.map(({ state, portion }) => [state.partition, portion.records])
    : 'atMs' in next
      ? next.atMs
      : next.undeliverable.givenUp;

describe('the next invocation', () => {
  test('takes records of several partitions, in turn, up to the batch size', () => {
    const states = [partition(0, 4), partition(1, 4), partition(2, 4)];
    expect(shown(nextInvocation(states, limits, 0))).toEqual([
      [0, 4],
      [1, 4],
      [2, 2],
    ]);
  });

  test('leaves out partitions that are with the function, revoked, or empty', () => {
    const states = [partition(0, 4), partition(1, 4), partition(2, 0), partition(3, 4)];
    Object.assign(states[0] as PartitionState, { busy: true });
    Object.assign(states[1] as PartitionState, { revoked: true });
    expect(shown(nextInvocation(states, limits, 0))).toEqual([[3, 4]]);
    expect(shown(nextInvocation(states.slice(0, 3), limits, 0))).toBe(Number.POSITIVE_INFINITY);
  });

  test('waits until the oldest record has waited for the window', () => {
    const states = [partition(0, 2, { arrivedAtMs: 1_000 }), partition(1, 2, { arrivedAtMs: 900 })];
    const windowed = { ...limits, batchWindowMs: 500 };
    expect(shown(nextInvocation(states, windowed, 1_399))).toBe(1_400);
    expect(shown(nextInvocation(states, windowed, 1_400))).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  test('does not wait for the window when the batch is full by records', () => {
    const states = [partition(0, 6), partition(1, 6)];
    expect(shown(nextInvocation(states, { ...limits, batchWindowMs: 500 }, 0))).toEqual([
      [0, 6],
      [1, 4],
    ]);
  });

  test('ends a batch before 6 MB of JSON, and does not wait for the window then', () => {
    const states = [0, 1, 2].map((number) => partition(number, 2, { valueBytes: 1_000_000 }));
    const next = nextInvocation(states, { ...limits, batchWindowMs: 500 }, 0);
    expect(shown(next)).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  test('delivers a partition that failed alone, and not before its wait is over', () => {
    const states = [partition(0, 2), partition(1, 2)];
    Object.assign(states[1] as PartitionState, { retries: [{ end: 2, failures: 1 }], retryAtMs: 700 });
    expect(shown(nextInvocation(states, limits, 600))).toEqual([[0, 2]]);
    expect(shown(nextInvocation(states, limits, 700))).toEqual([[1, 2]]);
    expect(shown(nextInvocation(states.slice(1), limits, 600))).toBe(700);
  });
});
