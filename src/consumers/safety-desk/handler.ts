import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { WholeRuntime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { makeDeskProcessor, safetyDesk } from './processor.ts';

/** Emergencies and fallbacks in; their table, audit entries and notices out. */
export function makeSafetyDesk(runtime: WholeRuntime): BatchHandler {
  const { codec, deadLetters, log, pool, publisher, router } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(safetyDesk),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeDeskProcessor({ pool, codec, publisher, router }),
  });
}
