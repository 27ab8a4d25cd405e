import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { makeTimeseriesProcessor, timeseriesWriter } from './processor.ts';

/** Cleaned readings in; rows of the time series and the device table out. */
export function makeTimeseriesWriter(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { pool } = runtime;
  return makeDeclaredHandler(timeseriesWriter, runtime, makeTimeseriesProcessor(pool));
}
