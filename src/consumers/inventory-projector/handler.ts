import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { inventoryProjector, makeInventoryProcessor } from './processor.ts';

/** Events of bays, shared vehicles and bookings in; availability, bookings and trips out. */
export function makeInventoryProjector(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { pool, publisher } = runtime;
  return makeDeclaredHandler(inventoryProjector, runtime, makeInventoryProcessor({ pool, publisher }));
}
