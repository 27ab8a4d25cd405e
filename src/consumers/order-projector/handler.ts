import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { makeOrderProjectorProcessor, orderProjector } from './processor.ts';

/** Events of orders, payments, stock and customers in; the shop's read models out. */
export function makeOrderProjector(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { codec, deadLetters, log, pool } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(orderProjector),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeOrderProjectorProcessor(pool),
  });
}
