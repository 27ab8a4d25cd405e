import { describe, expect, test } from '@jest/globals';
import type { MskEvent } from '../../../src/consumers/batch/msk-event.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { RawRecord } from '../../../src/kafka/record-decoding.ts';
import { deliver } from '../../../src/services/replay/deliver.ts';
import { batchesOf } from '../../../src/services/replay/replay-event.ts';

function records(count: number, bytes = 10): readonly RawRecord[] {
  return Array.from({ length: count }, (_, offset) => ({
    topic: 'order-events',
    partition: 3,
    offset,
    timestampMs: 1_700_000_000_000 + offset,
    key: Buffer.from('order-1'),
    value: Buffer.alloc(bytes, offset),
    headers: [['ce_id', Buffer.from('é')]] as const,
  }));
}

/** Runs a delivery against a function that answers as the list says, then with success. */
async function delivered(count: number, answers: readonly unknown[]) {
  const events: MskEvent[] = [];
  const reached: number[] = [];
  const waits: number[] = [];
  const pending = [...answers];
  const outcome = await deliver(
    (async function* () {
      yield records(count);
    })(),
    {
      invoker: {
        async invoke(event) {
          events.push(event as MskEvent);
          const answer = pending.length > 0 ? pending.shift() : { batchItemFailures: [] };
          if (answer instanceof Error) throw answer;
          return answer;
        },
        close: () => {},
      },
      bootstrapServers: 'b:9098',
      batchSize: 4,
      turn: async () => {},
      sleep: async (ms) => void waits.push(ms),
      random: () => 0.5,
      onProgress: (next) => reached.push(next),
    },
  ).then(
    () => null,
    (error: unknown) => error as AppError,
  );
  const offsets = events.map(({ records: byPartition }) => byPartition['order-events-3']?.map(({ offset }) => offset));
  return { events, offsets, reached, waits, outcome };
}

const handedBack = (offset: number) => ({
  batchItemFailures: [{ itemIdentifier: { partition: 'order-events-3', offset } }],
});

describe('a delivery', () => {
  test('sends records as an event source mapping does, in order, in batches of the consumer', async () => {
    const { offsets, reached, events } = await delivered(6, []);
    expect(offsets).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    expect(reached).toEqual([4, 6]);
    expect(events[1]?.records['order-events-3']?.[0]).toEqual({
      topic: 'order-events',
      partition: 3,
      offset: 4,
      timestamp: 1_700_000_000_004,
      timestampType: 'CREATE_TIME',
      key: Buffer.from('order-1').toString('base64'),
      value: Buffer.alloc(10, 4).toString('base64'),
      headers: [{ ce_id: [-61, -87] }],
    });
  });

  test('delivers again from the lowest record that was handed back', async () => {
    const { offsets, reached, waits } = await delivered(4, [
      { batchItemFailures: [...handedBack(3).batchItemFailures, ...handedBack(2).batchItemFailures] },
    ]);
    expect(offsets).toEqual([
      [0, 1, 2, 3],
      [2, 3],
    ]);
    expect(reached).toEqual([2, 4]);
    expect(waits).toHaveLength(1);
  });

  test('delivers the whole batch again after a failure, and after an answer that cannot be understood', async () => {
    const failure = new AppError('EVENTBUS_REPLAY_FUNCTION', 'throttled');
    const { offsets, outcome } = await delivered(2, [failure, handedBack(77), { batchItemFailures: 'all' }]);
    expect(offsets).toEqual(Array.from({ length: 4 }, () => [0, 1]));
    expect(outcome).toBeNull();
  });

  test('gives up where the function brings it no further, and says where and why', async () => {
    const { outcome, reached } = await delivered(
      4,
      Array.from({ length: 20 }, () => handedBack(1)),
    );
    expect(outcome).toMatchObject({
      code: 'EVENTBUS_REPLAY_FUNCTION',
      message: expect.stringContaining('order-events partition 3, offset 1: 8 invocations in vain'),
    });
    expect(reached).toEqual([1]);
  });
});

describe('batches', () => {
  test('stay below what an invocation may hold, also of large records', () => {
    const batches = [...batchesOf(records(20, 900_000), 1000)];
    expect(batches.flat()).toHaveLength(20);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(4);
  });
});
