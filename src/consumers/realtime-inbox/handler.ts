import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { makeRealtimeInboxProcessor, realtimeInbox } from './processor.ts';

/** Photo events in; owners of photos and batches, and events kept for absent users, out. */
export function makeRealtimeInbox(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { pool } = runtime;
  return makeDeclaredHandler(realtimeInbox, runtime, makeRealtimeInboxProcessor(pool));
}
