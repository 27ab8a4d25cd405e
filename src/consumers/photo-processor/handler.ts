import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { WholeRuntime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { photoProcessor } from './photo-events.ts';
import { makePostgresPhotoStore } from './photo-store.ts';
import { makePhotoProcessor } from './processor.ts';

/** Announced photos in; their progress, thumbnails and the ends of batches out. */
export function makePhotoProcessorHandler(runtime: Omit<WholeRuntime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, objects, pool, publisher } = runtime;
  const recordSkips = skipRecorder(pool);
  return makeBatchHandler({
    consumer: declaredConsumer(photoProcessor),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips,
    processor: makePhotoProcessor({
      store: makePostgresPhotoStore(pool),
      publisher,
      objects,
      recordSkips,
      clock: Date.now,
    }),
  });
}
