import { tellOfSetAside } from '../../postgres/set-aside.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { fleetProjector, makeProjectorProcessor } from './processor.ts';

/** States of vehicles in; the table of the fleet, and ends of fallbacks out. */
export function makeFleetProjector(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, log, pool, publisher } = runtime;
  const processor = makeProjectorProcessor({ pool, codec, publisher, onSetAside: tellOfSetAside(log) });
  return makeDeclaredHandler(fleetProjector, runtime, processor);
}
