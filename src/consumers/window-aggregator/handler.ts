import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { makeWindowProcessor, windowAggregator } from './processor.ts';

/** Cleaned readings in; ten-minute, hourly and daily windows out. */
export function makeWindowAggregator(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { pool } = runtime;
  return makeDeclaredHandler(windowAggregator, runtime, makeWindowProcessor(pool));
}
