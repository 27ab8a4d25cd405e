import { describe, expect, test } from '@jest/globals';
import { functionError, MappingBench } from './mapping-bench.ts';

const values = (...list: readonly string[]) => list.map((value) => ({ value }));
const offsets = (bench: MappingBench) => bench.seen.map((seen) => seen.offsets);

describe('filters', () => {
  test('keep records from the function, which count as passed at once', async () => {
    const bench = new MappingBench({ filters: [{ value: { kind: ['van'] } }] }, () => null);
    const list = ['bus', 'van', 'bus', 'bus', 'van', 'bus'].map((kind) => `{"kind":"${kind}"}`);
    bench.add(0, values(...list));
    bench.add(1, values('{"kind":"bus"}'));
    expect(bench.states[1]?.position).toBe(1);
    await bench.drain();
    expect(offsets(bench)).toEqual([[1, 4]]);
    expect(bench.states[0]?.position).toBe(6);
    expect(bench.mapping.status()).toMatchObject({ filteredRecords: 5, bufferedRecords: 0 });
  });

  test('let records through that they cannot read', async () => {
    const bench = new MappingBench({ filters: [{ value: { kind: ['van'] } }] }, () => null);
    bench.add(0, [{ value: Buffer.from([0xff, 0xfe]) }, { value: 'no json' }, { value: '{}' }, { value: null }]);
    await bench.drain();
    expect(offsets(bench)).toEqual([[0, 1, 3]]);
  });
});

describe('a record that is too large for an event', () => {
  test('goes to the destination without an invocation, and its neighbours go on', async () => {
    const bench = new MappingBench({ batchSize: 10 }, () => null, { maxJsonLength: 2_000 });
    bench.add(0, values('a', 'b'.repeat(2_000), 'c'));
    await bench.drain();
    expect(offsets(bench)).toEqual([[0], [2]]);
    expect(bench.discarded).toMatchObject([{ offsets: [1], reason: 'MaximumPayloadSizeExceeded', invocations: 0 }]);
  });
});

describe('the age of records', () => {
  test('ends the retries of a batch, record by record, as each becomes too old', async () => {
    const bench: MappingBench = new MappingBench({ retryAttempts: 100, maxRecordAgeMs: 60_000 }, () => {
      bench.nowMs += 20_000;
      throw functionError('EVENTBUS_FUNCTION_FAILED');
    });
    const { nowMs } = bench;
    bench.add(
      0,
      [30_000, 70_000, 0].map((ageMs) => ({ value: 'x', timestampMs: nowMs - ageMs })),
    );
    await bench.drain();
    expect(offsets(bench)).toEqual([[0], [0], [2], [2]]);
    expect(bench.discarded).toMatchObject([
      { offsets: [0], reason: 'RecordAgeExceeded', invocations: 2 },
      { offsets: [1], reason: 'RecordAgeExceeded', invocations: 0 },
      { offsets: [2], reason: 'RecordAgeExceeded', invocations: 2 },
    ]);
  });
});

describe('an outage', () => {
  test('that outlasts the retry limit gives up nothing, when the function says what its partition waits for', async () => {
    let invocations = 0;
    const bench = new MappingBench({ retryAttempts: 2 }, ([seen]) => {
      invocations += 1;
      if (invocations > 1_000) return null;
      const offset = seen?.offsets[0];
      return { batchItemFailures: [{ itemIdentifier: { partition: 't-0', offset } }], waitingPartitions: ['t-0'] };
    });
    bench.add(0, values('a', 'b'));
    await bench.drain();
    expect(invocations).toBe(1_001);
    expect(bench.discarded).toEqual([]);
    expect(bench.states[0]?.position).toBe(2);
  });

  test('of the function itself, which is throttled, gives up nothing either', async () => {
    let invocations = 0;
    const bench = new MappingBench({ retryAttempts: 0 }, () => {
      invocations += 1;
      if (invocations <= 500) throw functionError('EVENTBUS_FUNCTION_THROTTLED');
      return null;
    });
    bench.add(0, values('a', 'b'));
    await bench.drain();
    expect(bench.discarded).toEqual([]);
    expect(bench.states[0]?.position).toBe(2);
  });
});

test('without a destination the mapping passes over what it gives up, and says so', async () => {
  const bench = new MappingBench({ retryAttempts: 1, onFailure: undefined }, () => {
    throw functionError('EVENTBUS_FUNCTION_FAILED');
  });
  bench.add(0, values('a'));
  await bench.drain();
  expect(offsets(bench)).toEqual([[0], [0]]);
  expect(bench.mapping.status()).toMatchObject({ givenUpRecords: 1, lastError: null });
  expect(bench.log.lines.at(-1)).toMatchObject({
    level: 'error',
    fields: { code: 'EVENTBUS_SOURCE_GIVEN_UP', partition: 't-0', first: 0, end: 1, invocations: 2 },
  });
});
