import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { WholeRuntime } from '../runtime.ts';
import { makeDeskProcessor, safetyDesk } from './processor.ts';

/** Emergencies and fallbacks in; their table, audit entries and notices out. */
export function makeSafetyDesk(runtime: WholeRuntime): BatchHandler {
  const { codec, pool, publisher, router } = runtime;
  return makeDeclaredHandler(safetyDesk, runtime, makeDeskProcessor({ pool, codec, publisher, router }));
}
