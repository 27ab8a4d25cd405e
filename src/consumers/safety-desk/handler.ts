import { tellOfSetAside } from '../../postgres/set-aside.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { WholeRuntime } from '../runtime.ts';
import { makeDeskProcessor, safetyDesk } from './processor.ts';

/** Emergencies and fallbacks in; their table, audit entries and notices out. */
export function makeSafetyDesk(runtime: WholeRuntime): BatchHandler {
  const { codec, log, pool, publisher, router } = runtime;
  const processor = makeDeskProcessor({ pool, codec, publisher, router, onSetAside: tellOfSetAside(log) });
  return makeDeclaredHandler(safetyDesk, runtime, processor);
}
