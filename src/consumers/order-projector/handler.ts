import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { makeOrderProjectorProcessor, orderProjector } from './processor.ts';

/** Events of orders, payments, stock and customers in; the shop's read models out. */
export function makeOrderProjector(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { pool } = runtime;
  return makeDeclaredHandler(orderProjector, runtime, makeOrderProjectorProcessor(pool));
}
