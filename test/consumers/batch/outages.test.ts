import { describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../../src/codec/codec.ts';
import { dependency, jsonCodec, poison, ScriptedProcessor, testEngine } from '../../make/batch-engine.ts';
import { cloudEventHeaders, lambdaContext, mskEvent, mskRecord } from '../../make/msk-event.ts';

const codec = makeCodec();

describe('an outage of a dependency that all partitions have in common', () => {
  const partitions = [0, 1, 2, 3, 4, 5, 6, 7];
  const event = mskEvent(partitions.map((partition) => mskRecord({ offset: 5, partition, value: '{}' })));

  test('is tried by one partition for all, and every one goes on when it is over', async () => {
    let away = true;
    const processor = new ScriptedProcessor(() => {
      if (away) throw dependency();
    });
    const { handler, state, deadLetters } = testEngine(processor, {
      holdMs: undefined,
      sleep: (ms) => {
        state.nowMs += ms;
        if (state.nowMs - startMs > 120_000) away = false;
        return Promise.resolve();
      },
    });
    const startMs = state.nowMs;
    const context = lambdaContext(() => startMs + 600_000 - state.nowMs);
    expect(await handler(event, context)).toEqual({ batchItemFailures: [] });
    expect(processor.appliedOffsets).toHaveLength(partitions.length);
    expect(deadLetters.letters).toEqual([]);
    // Without the breaker each partition would have tried some 30 times in two minutes.
    expect(processor.calls.length - partitions.length).toBeLessThan(4 * partitions.length);
  });

  test('lets the next invocation wait instead of trying at once', async () => {
    const processor = new ScriptedProcessor(() => {
      throw dependency();
    });
    const { handler } = testEngine(processor);
    await handler(event, lambdaContext());
    const tried = processor.calls.length;
    const answer = await handler(event, lambdaContext());
    expect(processor.calls.length).toBe(tried);
    expect(answer.batchItemFailures).toHaveLength(partitions.length);
    expect(answer.waitingPartitions).toHaveLength(partitions.length);
  });

  test('of one partition alone does not hold the others', async () => {
    const processor = new ScriptedProcessor((items) => {
      if (items[0]?.partition === 3) throw dependency();
    });
    const { handler } = testEngine(processor);
    for (let round = 0; round < 10; round += 1) {
      const { batchItemFailures } = await handler(event, lambdaContext());
      expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.partition)).toEqual([
        'vehicle.telemetry.v1-3',
      ]);
    }
    expect(processor.appliedOffsets).toHaveLength(10 * (partitions.length - 1));
  });
});

describe('a dead-letter queue that does not answer', () => {
  test('holds the partition until shortly before the time limit, and not beyond it', async () => {
    const silent = {
      send: (_letters: unknown, { signal }: { readonly signal?: AbortSignal | undefined } = {}) =>
        new Promise<void>((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('given up')));
        }),
    };
    const processor = new ScriptedProcessor((items) => {
      if (items.some(({ offset }) => offset === 5)) throw poison();
    });
    const { handler } = testEngine(processor, { deadLetters: silent, marginMs: 0 });
    const event = mskEvent([5, 6].map((offset) => mskRecord({ offset, value: '{}' })));
    // Time enough to come as far as the letter on a machine that is busy.
    const endsAtMs = performance.now() + 1_000;
    const answer = await handler(
      event,
      lambdaContext(() => endsAtMs - performance.now()),
    );
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset)).toEqual([5, 6]);
    expect(answer.waitingPartitions).toHaveLength(1);
    expect(processor.appliedOffsets).toEqual([]);
  });
});

/** A value as a producer writes it whose schema version this program does not have. */
const unknownVersion = 'c0ffee00-1111-4222-8333-444455556666';
const newer = Buffer.concat([
  Buffer.from([3, 0]),
  Buffer.from(unknownVersion.replaceAll('-', ''), 'hex'),
  Buffer.alloc(9),
]);
const known = codec.encode(
  'VehicleTelemetry',
  codec.parseJson('VehicleTelemetry', {
    vehicleId: 'v',
    vehicleType: 'car',
    time: 1_700_000_000_000,
    mode: 'DRIVE',
    fleet: 'f',
    receivedAt: 1_700_000_000_000,
  }),
);
const framed = (offset: number, value: Buffer, topic = 'vehicle.telemetry.v1') =>
  mskRecord({
    offset,
    topic,
    value,
    headers: { ...cloudEventHeaders(`event-${offset}`), 'content-type': 'application/avro' },
  });

describe('records of a schema version that was deployed to their producer first', () => {
  test('hold their partition without a dead letter, behind what could be read', async () => {
    const processor = new ScriptedProcessor();
    const { handler, deadLetters, log } = testEngine(processor, { codec });
    const answer = await handler(mskEvent([framed(1, known), framed(2, newer), framed(3, known)]), lambdaContext());
    expect(processor.appliedOffsets).toEqual([1]);
    expect(deadLetters.letters).toEqual([]);
    expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier.offset)).toEqual([2, 3]);
    expect(log.lines.at(-1)?.fields).toMatchObject({ code: 'EVENTBUS_CONSUMER_SCHEMA_NOT_DEPLOYED', offset: 2 });
    expect(log.lines.at(-1)?.message).toContain(`glue:${unknownVersion}`);
  });

  test('are dead-lettered when nobody deployed the version for 15 minutes, each at once from then on', async () => {
    const processor = new ScriptedProcessor();
    const { handler, deadLetters, state } = testEngine(processor, { codec });
    await handler(mskEvent([framed(2, newer)]), lambdaContext());
    state.nowMs += 15 * 60_000;
    expect(await handler(mskEvent([framed(2, newer), framed(3, known)]), lambdaContext())).toEqual({
      batchItemFailures: [],
    });
    expect(await handler(mskEvent([framed(4, newer)]), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(deadLetters.letters).toMatchObject([
      { offset: 2, code: 'EVENTBUS_CODEC_SCHEMA_UNKNOWN', schemaVersion: `glue:${unknownVersion}` },
      { offset: 4, code: 'EVENTBUS_CODEC_SCHEMA_UNKNOWN' },
    ]);
    expect(processor.appliedOffsets).toEqual([3]);
  });

  test('do not lose their patience by a clock that is set forward', async () => {
    const { handler, deadLetters, state } = testEngine(new ScriptedProcessor(), { codec, steadyClock: () => 1 });
    await handler(mskEvent([framed(2, newer)]), lambdaContext());
    state.nowMs += 5 * 3_600_000;
    const answer = await handler(mskEvent([framed(2, newer)]), lambdaContext());
    expect(answer.waitingPartitions).toHaveLength(1);
    expect(deadLetters.letters).toEqual([]);
  });

  test('that a device may have written hold nothing: any device could stop its partition', async () => {
    const { handler, deadLetters } = testEngine(new ScriptedProcessor(), { codec, subjectOf: () => 'TelemetryBatch' });
    const answer = await handler(mskEvent([framed(2, newer, 'telemetry.raw.v1')]), lambdaContext());
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(deadLetters.letters.map(({ code }) => code)).toEqual(['EVENTBUS_CODEC_SCHEMA_UNKNOWN']);
  });

  test('do not stop other partitions', async () => {
    const processor = new ScriptedProcessor();
    const { handler } = testEngine(processor, { codec });
    for (let round = 0; round < 5; round += 1) {
      await handler(mskEvent([framed(2, newer), { ...framed(7, known), partition: 1 }]), lambdaContext());
    }
    expect(processor.appliedOffsets).toEqual([7, 7, 7, 7, 7]);
  });
});

test('a letter names the schema version that its value was written with', async () => {
  const throwing = new ScriptedProcessor(() => {
    throw poison();
  });
  const { handler, deadLetters } = testEngine(throwing, {
    codec: { ...jsonCodec, schemaVersionOf: (subject, bytes) => codec.schemaVersionOf(subject, bytes) },
  });
  const values = [known, Buffer.from('{}')].map((value, offset) => mskRecord({ offset, value }));
  const broken = mskRecord({ offset: 2, value: Buffer.concat([known.subarray(0, 18), Buffer.from('cut')]) });
  await handler(mskEvent([...values, broken]), lambdaContext());
  const versions = deadLetters.letters.map(({ offset, schemaVersion }) => [offset, schemaVersion]);
  expect(versions.toSorted(([left], [right]) => Number(left) - Number(right))).toEqual([
    [0, 'VehicleTelemetry/v1'],
    [1, null],
    [2, 'VehicleTelemetry/v1'],
  ]);
});
