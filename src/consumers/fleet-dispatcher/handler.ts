import { tellOfSetAside } from '../../postgres/set-aside.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { fleetDispatcher, makeDispatchProcessor } from './processor.ts';

/** Requests for vehicles and steps of commands in; assignments and commands out. */
export function makeFleetDispatcher(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, log, pool, publisher } = runtime;
  const processor = makeDispatchProcessor({ pool, codec, publisher, onSetAside: tellOfSetAside(log) });
  return makeDeclaredHandler(fleetDispatcher, runtime, processor);
}
