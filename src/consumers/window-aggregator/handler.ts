import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { makeWindowProcessor, windowAggregator } from './processor.ts';

/** Cleaned readings in; ten-minute, hourly and daily windows out. */
export function makeWindowAggregator(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { codec, deadLetters, log, pool } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(windowAggregator),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeWindowProcessor(pool),
  });
}
