import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { makeTimeseriesProcessor, timeseriesWriter } from './processor.ts';

/** Cleaned readings in; rows of the time series and the device table out. */
export function makeTimeseriesWriter(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { codec, deadLetters, log, pool } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(timeseriesWriter),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeTimeseriesProcessor(pool),
  });
}
