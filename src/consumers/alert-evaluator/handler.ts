import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { evaluatorName } from './evaluate-record.ts';
import { makeEvaluatorProcessor } from './processor.ts';

/** Cleaned readings in; alerts raised and cleared out. */
export function makeAlertEvaluator(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { pool, publisher } = runtime;
  return makeDeclaredHandler(
    evaluatorName,
    runtime,
    makeEvaluatorProcessor({ store: makePostgresStateStore(pool), publisher }),
  );
}
