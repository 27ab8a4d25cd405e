import { describe, expect, test } from '@jest/globals';
import { parseMetricsLine } from '../../../src/core/embedded-metrics.ts';
import { jsonCodec, poison, ScriptedProcessor, testEngine, transient } from '../../make/batch-engine.ts';
import { lambdaContext, mskEvent, mskRecord } from '../../make/msk-event.ts';
import { failures, range, records, throwAt } from './numbered-records.ts';

describe('a batch without failures', () => {
  test('every partition is applied in one call, in order, and nothing is handed back', async () => {
    const processor = new ScriptedProcessor();
    const { handler } = testEngine(processor);
    const answer = await handler(mskEvent([...records(5, 9), ...records(100, 103, 1)]), lambdaContext());
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(processor.calls).toEqual([
      [5, 6, 7, 8],
      [100, 101, 102],
    ]);
  });

  test('items carry coordinates, key, attributes and value', async () => {
    const seen: unknown[] = [];
    const { handler } = testEngine(new ScriptedProcessor((items) => seen.push(...items)));
    await handler(mskEvent([mskRecord({ offset: 3, key: 'car-ü', value: '{"n":1}' })]), lambdaContext());
    expect(seen).toEqual([
      {
        topic: 'vehicle.telemetry.v1',
        partition: 0,
        offset: 3,
        timestampMs: 1_700_000_000_003,
        key: 'car-ü',
        event: expect.objectContaining({ id: 'event-vehicle.telemetry.v1-0-3', type: 'vehicle.telemetry.cleaned' }),
        value: { n: 1 },
      },
    ]);
  });

  test('a record of a producer without CloudEvents headers is identified by its coordinates', async () => {
    const ids: string[] = [];
    const { handler } = testEngine(new ScriptedProcessor((items) => ids.push(...items.map(({ event }) => event.id))));
    await handler(mskEvent([mskRecord({ offset: 8, headers: {}, key: null })]), lambdaContext());
    expect(ids).toEqual(['vehicle.telemetry.v1/0/8']);
  });

  test('a record that the event holds twice is applied once and counted as a duplicate', async () => {
    const processor = new ScriptedProcessor();
    const { handler, metrics } = testEngine(processor);
    await handler(mskEvent([...records(0, 3), ...records(1, 4)]), lambdaContext());
    expect(processor.calls).toEqual([[0, 1, 2, 3]]);
    expect(parseMetricsLine(metrics[0] ?? '')).toMatchObject({ applied: 4, skipped: { duplicate: 2 } });
  });
});

describe('poison', () => {
  test('a record that cannot be decoded is dead-lettered whole while its neighbours are applied together', async () => {
    const processor = new ScriptedProcessor();
    const { handler, deadLetters } = testEngine(processor);
    const bad = mskRecord({ offset: 2, value: '{"broken":true}' });
    const answer = await handler(mskEvent([...records(0, 2), bad, ...records(3, 5)]), lambdaContext());
    expect(answer.batchItemFailures).toEqual([]);
    expect(processor.calls).toEqual([[0, 1, 3, 4]]);
    expect(deadLetters.letters).toEqual([
      expect.objectContaining({
        consumer: 'test-consumer',
        topic: 'vehicle.telemetry.v1',
        partition: 0,
        offset: 2,
        key: bad.key,
        value: bad.value,
        code: 'EVENTBUS_CODEC_MALFORMED',
        eventId: 'event-vehicle.telemetry.v1-0-2',
        attempts: 1,
        handlerVersion: '7',
        timestampMs: bad.timestamp,
      }),
    ]);
    expect(deadLetters.letters[0]?.headers).toContainEqual({
      name: 'ce_id',
      value: Buffer.from('event-vehicle.telemetry.v1-0-2').toString('base64'),
    });
  });

  test('bytes that make a decoder fail unexpectedly are poison too', async () => {
    const { handler, deadLetters } = testEngine(new ScriptedProcessor());
    await handler(mskEvent([mskRecord({ offset: 1, value: 'no json' })]), lambdaContext());
    expect(deadLetters.letters).toEqual([
      expect.objectContaining({ offset: 1, code: 'EVENTBUS_CONSUMER_RECORD_UNREADABLE' }),
    ]);
  });

  test('a record without a value is dead-lettered', async () => {
    const { handler, deadLetters } = testEngine(new ScriptedProcessor());
    await handler(mskEvent([mskRecord({ offset: 1, value: null })]), lambdaContext());
    expect(deadLetters.letters[0]).toMatchObject({ code: 'EVENTBUS_CONSUMER_VALUE_MISSING', value: null });
  });

  test('halving finds the record at fault in 2 log2(n) calls and applies all others in order', async () => {
    const processor = throwAt(37, poison);
    const { handler, deadLetters } = testEngine(processor);
    const answer = await handler(mskEvent(records(0, 64)), lambdaContext());
    expect(answer.batchItemFailures).toEqual([]);
    expect(deadLetters.letters.map(({ offset }) => offset)).toEqual([37]);
    expect(processor.appliedOffsets).toEqual(range(0, 64).filter((offset) => offset !== 37));
    expect(processor.calls.length).toBeLessThanOrEqual(13);
  });

  test('a processor that names the offset at fault is believed, without halving', async () => {
    const error = Object.assign(poison(), { details: { offset: 37 } });
    const processor = throwAt(37, () => error);
    const { handler, deadLetters } = testEngine(processor);
    await handler(mskEvent(records(0, 64)), lambdaContext());
    expect(processor.calls).toEqual([range(0, 64), range(0, 37), [37], range(38, 64)]);
    expect(deadLetters.letters.map(({ offset }) => offset)).toEqual([37]);
  });
});

describe('transient failures', () => {
  test('are retried with full jitter below an exponential ceiling and succeed', async () => {
    const processor = new ScriptedProcessor((_items, call) => {
      if (call < 4) throw transient();
    });
    const { handler, sleeps, deadLetters } = testEngine(processor);
    const answer = await handler(mskEvent(records(0, 2)), lambdaContext());
    expect(answer.batchItemFailures).toEqual([]);
    expect(sleeps).toEqual([50, 100, 200]);
    expect(deadLetters.letters).toEqual([]);
  });

  test('end in a dead letter for the record at fault alone when its attempts are used up', async () => {
    const { handler, deadLetters } = testEngine(throwAt(1, transient), { maxAttempts: 3 });
    const answer = await handler(mskEvent(records(0, 4)), lambdaContext());
    expect(answer.batchItemFailures).toEqual([]);
    expect(deadLetters.letters).toHaveLength(1);
    const letter = deadLetters.letters[0];
    expect(letter).toMatchObject({ offset: 1, code: 'EVENTBUS_CONSUMER_OUTCOMES', attempts: 7 });
    expect(Date.parse(letter?.lastFailedAt ?? '')).toBeGreaterThan(Date.parse(letter?.firstFailedAt ?? ''));
  });

  test('an exception nobody knows counts as transient, then as a dead letter with its stack', async () => {
    const processor = throwAt(0, () => new TypeError('undefined is not a function'));
    const { handler, deadLetters, sleeps } = testEngine(processor);
    await handler(mskEvent(records(0, 1)), lambdaContext());
    expect(sleeps).toHaveLength(4);
    expect(deadLetters.letters[0]).toMatchObject({ code: 'EVENTBUS_CONSUMER_UNEXPECTED', attempts: 5 });
    expect(deadLetters.letters[0]?.stack).toContain('TypeError: undefined is not a function');
  });

  test('without time for the next wait the partition is handed back, not dead-lettered', async () => {
    const { handler, deadLetters, sleeps } = testEngine(throwAt(0, transient));
    const answer = await handler(
      mskEvent(records(0, 3)),
      lambdaContext(() => 1_040),
    );
    expect(answer).toEqual({ batchItemFailures: failures(0, 3) });
    expect(sleeps).toEqual([]);
    expect(deadLetters.letters).toEqual([]);
  });
});

describe('what an invocation reports', () => {
  test('one line of embedded metrics with the consumer and the topic as dimensions', async () => {
    const processor = new ScriptedProcessor();
    processor.apply = ({ items }) =>
      Promise.resolve(items.map((_, n) => (n === 0 ? { fate: 'applied' } : { fate: 'skipped', reason: 'filtered' })));
    const { handler, metrics, state } = testEngine(processor);
    await handler(mskEvent([...records(0, 3), ...records(0, 2, 1)]), lambdaContext());
    expect(metrics).toHaveLength(1);
    expect(JSON.parse(metrics[0] ?? '')).toEqual({
      _aws: {
        Timestamp: state.nowMs,
        CloudWatchMetrics: [
          {
            Namespace: 'EventBus',
            Dimensions: [['Consumer', 'Topic']],
            Metrics: ['RecordsApplied', 'RecordsSkipped', 'RecordsDeadLettered', 'RecordsFailed', 'RecordsWaiting'].map(
              (Name) => ({
                Name,
                Unit: 'Count',
              }),
            ),
          },
        ],
      },
      Consumer: 'test-consumer',
      Topic: 'vehicle.telemetry.v1',
      RecordsApplied: 2,
      RecordsSkipped: 3,
      RecordsDeadLettered: 0,
      RecordsFailed: 0,
      RecordsWaiting: 0,
      RecordsSkippedByReason: { filtered: 3 },
    });
  });

  test('log lines name code and coordinates and never the payload', async () => {
    const secret = mskRecord({ offset: 0, key: 'secret-key', value: '{"broken":true,"name":"secret-name"}' });
    const { handler, log } = testEngine(new ScriptedProcessor());
    await handler(mskEvent([secret]), lambdaContext());
    expect(log.lines).toEqual([
      {
        level: 'error',
        fields: expect.objectContaining({
          consumer: 'test-consumer',
          topic: 'vehicle.telemetry.v1',
          partition: 0,
          offset: 0,
          code: 'EVENTBUS_CODEC_MALFORMED',
        }),
        message: expect.stringContaining('dead letter'),
      },
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('secret');
  });

  test('too few outcomes are a failure of the processor, not a silent loss', async () => {
    const processor = new ScriptedProcessor();
    processor.apply = () => Promise.resolve([]);
    const { handler, deadLetters } = testEngine(processor, { maxAttempts: 1 });
    await handler(mskEvent(records(0, 1)), lambdaContext());
    expect(deadLetters.letters[0]?.code).toBe('EVENTBUS_CONSUMER_OUTCOMES');
  });
});

describe('an event of another shape', () => {
  const { handler } = testEngine(new ScriptedProcessor(), { codec: jsonCodec });
  test.each([
    ['null', null, 'the event is null'],
    ['another source', { eventSource: 'aws:sqs', Records: [] }, 'eventSource is "aws:sqs"'],
    ['no records', { eventSource: 'aws:kafka' }, 'records is of type undefined'],
    [
      'records that are no list',
      { eventSource: 'aws:kafka', records: { 't-0': 7 } },
      'records["t-0"] is of type number',
    ],
    ['a record without topic', { eventSource: 'aws:kafka', records: { 't-0': [{}] } }, 'records["t-0"][0].topic'],
    [
      'a record with a text offset',
      { eventSource: 'aws:kafka', records: { 't-0': [{ topic: 't', partition: 0, offset: '1' }] } },
      'records["t-0"][0].offset is 1',
    ],
  ])('%s is refused with a coded error that names the part', async (_name, event, part) => {
    const refused = handler(event, lambdaContext());
    await expect(refused).rejects.toMatchObject({ code: 'EVENTBUS_CONSUMER_EVENT_SHAPE' });
    await expect(refused).rejects.toThrow(part);
  });
});
