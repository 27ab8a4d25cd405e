import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { makeRealtimeInboxProcessor, realtimeInbox } from './processor.ts';

/** Photo events in; owners of photos and batches, and events kept for absent users, out. */
export function makeRealtimeInbox(runtime: Omit<Runtime, 'close' | 'publisher'>): BatchHandler {
  const { codec, deadLetters, log, pool } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(realtimeInbox),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeRealtimeInboxProcessor(pool),
  });
}
