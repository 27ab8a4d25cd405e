import { skipRecorder } from '../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from './batch/handler.ts';
import type { BatchProcessor } from './batch/processor.ts';
import { declaredConsumer } from './declared-consumer.ts';
import type { Runtime } from './runtime.ts';
import { subjectOf } from './subject-of.ts';

/** The batch handler of a consumer that the catalogue declares, with its skips recorded in the database. */
export function makeDeclaredHandler<T>(
  consumer: string,
  { codec, deadLetters, log, pool }: Pick<Runtime, 'codec' | 'deadLetters' | 'log' | 'pool'>,
  processor: BatchProcessor<T>,
): BatchHandler {
  return makeBatchHandler<T>({
    consumer: declaredConsumer(consumer),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor,
  });
}
