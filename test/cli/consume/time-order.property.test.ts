import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { inTimeOrder } from '../../../src/cli/consume/time-order.ts';
import type { RawRecord } from '../../../src/kafka/record-decoding.ts';

const record = (partition: number, offset: number, timestampMs: number): RawRecord => ({
  topic: 't',
  partition,
  offset,
  timestampMs,
  key: null,
  value: Buffer.alloc(10),
  headers: [],
});

/** Partitions with rising times, cut into batches that arrive interleaved. */
const arrivals = fc
  .array(fc.array(fc.nat({ max: 50 }), { maxLength: 20 }), { minLength: 1, maxLength: 4 })
  .chain((partitions) => {
    const sorted = partitions.map((times, partition) =>
      times.sort((left, right) => left - right).map((time, offset) => record(partition, offset, time)),
    );
    return fc.record({
      sorted: fc.constant(sorted),
      size: fc.integer({ min: 1, max: 7 }),
      turns: fc.array(fc.nat({ max: 3 })),
    });
  });

async function* arriving(sorted: readonly (readonly RawRecord[])[], size: number, turns: readonly number[]) {
  const rest = sorted.map((records) => [...records]);
  const take = (lane: RawRecord[] | undefined) => lane?.splice(0, size) ?? [];
  for (const turn of turns) {
    const batch = take(rest[turn % rest.length]);
    if (batch.length > 0) yield batch;
  }
  for (const lane of rest) while (lane.length > 0) yield take(lane);
}

async function merged(
  batches: AsyncIterable<readonly RawRecord[]>,
  ends: ReadonlyMap<number, number>,
  maxHeldBytes: number,
) {
  const all: RawRecord[] = [];
  for await (const batch of inTimeOrder(batches, { ends, maxHeldBytes })) all.push(...batch);
  return all;
}

describe('records of several partitions', () => {
  test('come out in the order of time, none lost and none twice', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ sorted, size, turns }) => {
        const ends = new Map(
          sorted.map((records, partition) => [partition, records.length] as const).filter(([, end]) => end > 0),
        );
        const all = await merged(arriving(sorted, size, turns), ends, 1e9);
        expect(all.map(({ timestampMs }) => timestampMs)).toEqual(
          sorted
            .flat()
            .map(({ timestampMs }) => timestampMs)
            .sort((left, right) => left - right),
        );
        for (const [partition, records] of sorted.entries()) {
          expect(all.filter((found) => found.partition === partition)).toEqual(records);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('come out whole and in each partition in order when memory is short', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ sorted, size, turns }) => {
        const ends = new Map(sorted.map((records, partition) => [partition, records.length] as const));
        const all = await merged(arriving(sorted, size, turns), ends, 300);
        for (const [partition, records] of sorted.entries()) {
          expect(all.filter((found) => found.partition === partition)).toEqual(records);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('come out whole when the last offsets of a partition hold no record', async () => {
    const batches = arriving([[record(0, 0, 1)], [record(1, 0, 2)]], 1, []);
    expect(
      await merged(
        batches,
        new Map([
          [0, 5],
          [1, 1],
        ]),
        1e9,
      ),
    ).toHaveLength(2);
  });
});
