import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { fleetProjector, makeProjectorProcessor } from './processor.ts';

/** States of vehicles in; the table of the fleet, and ends of fallbacks out. */
export function makeFleetProjector(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, pool, publisher } = runtime;
  return makeDeclaredHandler(fleetProjector, runtime, makeProjectorProcessor({ pool, codec, publisher }));
}
