import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { evaluatorName } from './evaluate-record.ts';
import { makeEvaluatorProcessor } from './processor.ts';

/** Cleaned readings in; alerts raised and cleared out. */
export function makeAlertEvaluator(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(evaluatorName),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeEvaluatorProcessor({ store: makePostgresStateStore(pool), publisher }),
  });
}
