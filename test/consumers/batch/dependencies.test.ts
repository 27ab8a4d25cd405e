import { describe, expect, test } from '@jest/globals';
import { parseMetricsLine } from '../../../src/core/embedded-metrics.ts';
import {
  dependency,
  MemoryDeadLetters,
  poison,
  ScriptedProcessor,
  testConsumer,
  testEngine,
} from '../../make/batch-engine.ts';
import { lambdaContext, mskEvent, mskRecord } from '../../make/msk-event.ts';
import { failures, range, records, throwAt } from './numbered-records.ts';

describe('a dependency that is away', () => {
  test('stops its partition at the first record without a fate and leaves the others alone', async () => {
    const processor = new ScriptedProcessor((items) => {
      if (items[0]?.offset === 10) throw dependency();
    });
    const { handler, deadLetters, sleeps, metrics } = testEngine(processor);
    const answer = await handler(mskEvent([...records(0, 5), ...records(10, 14, 1)]), lambdaContext());
    expect(answer).toEqual({
      batchItemFailures: failures(10, 14, 1),
      waitingPartitions: ['vehicle.telemetry.v1-1'],
    });
    expect(deadLetters.letters).toEqual([]);
    expect(sleeps).toEqual([]);
    expect(parseMetricsLine(metrics[0] ?? '')).toMatchObject({ applied: 5, failed: 4, deadLettered: 0 });
  });

  test('is waited for inside the invocation, from the record where it stopped, and nothing is handed back', async () => {
    let away = 3;
    const processor = new ScriptedProcessor((items) => {
      if (items.some(({ offset }) => offset === 2) && items.length > 1) throw poison();
      if (items[0]?.offset === 2) throw poison();
      if (items.some(({ offset }) => offset === 4) && away > 0) {
        away -= 1;
        throw dependency();
      }
    });
    const { handler, sleeps, deadLetters, metrics, state } = testEngine(processor, { holdMs: undefined });
    const endMs = state.nowMs + 60_000;
    const answer = await handler(
      mskEvent(records(0, 6)),
      lambdaContext(() => endMs - state.nowMs),
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(processor.appliedOffsets).toEqual(range(0, 6).filter((offset) => offset !== 2));
    expect(sleeps).toEqual([100, 200, 400]);
    expect(deadLetters.letters.map(({ offset }) => offset)).toEqual([2]);
    expect(parseMetricsLine(metrics[0] ?? '')).toMatchObject({ applied: 5, failed: 0, waiting: 0, deadLettered: 1 });
  });

  test('is waited for until the function’s limit, so that an invocation of an outage lasts as long as it may', async () => {
    const { handler, state, deadLetters, metrics } = testEngine(throwAt(1, dependency), { holdMs: undefined });
    const startMs = state.nowMs;
    const answer = await handler(
      mskEvent(records(0, 3)),
      lambdaContext(() => startMs + 60_000 - state.nowMs),
    );
    expect(answer).toEqual({ batchItemFailures: failures(0, 3), waitingPartitions: ['vehicle.telemetry.v1-0'] });
    expect(state.nowMs - startMs).toBeGreaterThan(60_000 - 1_000 - 5_000);
    expect(state.nowMs - startMs).toBeLessThan(60_000);
    expect(deadLetters.letters).toEqual([]);
    expect(parseMetricsLine(metrics[0] ?? '')).toMatchObject({ applied: 0, failed: 3, waiting: 3 });
  });

  test('is waited for when it is the dead-letter queue, whose letter is then sent once', async () => {
    const deadLetters = new MemoryDeadLetters();
    deadLetters.failure = new Error('connect ECONNREFUSED');
    const { handler, state } = testEngine(throwAt(1, poison), {
      deadLetters,
      holdMs: undefined,
      sleep: (ms) => {
        state.nowMs += ms;
        deadLetters.failure = null;
        return Promise.resolve();
      },
    });
    expect(await handler(mskEvent(records(0, 3)), lambdaContext())).toEqual({ batchItemFailures: [] });
    expect(deadLetters.letters.map(({ offset }) => offset)).toEqual([1]);
  });

  test('in the middle of halving, keeps what was applied and sends only the letters before the stop', async () => {
    const processor = new ScriptedProcessor((items) => {
      if (items.some(({ offset }) => offset === 1)) throw poison();
      if (items.some(({ offset }) => offset === 6)) throw dependency();
    });
    const { handler, deadLetters } = testEngine(processor);
    const bad = mskRecord({ offset: 7, value: '{"broken":true}' });
    const answer = await handler(mskEvent([...records(0, 7), bad]), lambdaContext());
    expect(processor.appliedOffsets).toEqual([0, 2]);
    expect(answer.batchItemFailures).toEqual(failures(3, 8));
    expect(deadLetters.letters.map(({ offset }) => offset)).toEqual([1]);
  });

  test('the dead-letter queue being away holds the partition at the letter', async () => {
    const deadLetters = new MemoryDeadLetters();
    deadLetters.failure = new Error('connect ECONNREFUSED');
    const { handler, log } = testEngine(throwAt(2, poison), { deadLetters });
    const answer = await handler(mskEvent(records(0, 4)), lambdaContext());
    expect(answer.batchItemFailures).toEqual(failures(2, 4));
    expect(log.lines.at(-1)?.fields).toMatchObject({ code: 'EVENTBUS_CONSUMER_DEAD_LETTERS_UNAVAILABLE', offset: 2 });
  });

  test('a consumer without dead letters holds its partition at the record at fault', async () => {
    const processor = throwAt(2, poison);
    const { handler } = testEngine(processor, { consumer: { ...testConsumer, deadLetter: false } });
    const answer = await handler(mskEvent(records(0, 4)), lambdaContext());
    expect(answer.batchItemFailures).toEqual(failures(2, 4));
    expect(processor.appliedOffsets).toEqual([0, 1]);
  });

  test('no record is applied before the letters of those ahead of it are with the queue', async () => {
    const deadLetters = new MemoryDeadLetters();
    const aheadOf = new Map<number, readonly number[]>();
    const processor = new ScriptedProcessor((items) => {
      if (items.some(({ offset }) => offset === 2)) throw poison();
      for (const { offset } of items)
        aheadOf.set(
          offset,
          deadLetters.letters.map((letter) => letter.offset),
        );
    });
    const { handler } = testEngine(processor, { deadLetters });
    await handler(mskEvent(records(0, 4)), lambdaContext());
    expect(aheadOf.get(3)).toEqual([2]);
  });

  test('the dead-letter queue being away leaves what follows the record at fault unapplied', async () => {
    const deadLetters = new MemoryDeadLetters();
    deadLetters.failure = new Error('connect ECONNREFUSED');
    const processor = throwAt(2, poison);
    const { handler, metrics } = testEngine(processor, { deadLetters });
    await handler(mskEvent(records(0, 4)), lambdaContext());
    expect(processor.appliedOffsets).toEqual([0, 1]);
    expect(parseMetricsLine(metrics[0] ?? '')).toMatchObject({ applied: 2, failed: 2, deadLettered: 0 });
  });
});
