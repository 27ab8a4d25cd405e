import { skipRecorder } from '../../postgres/skipped-records.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { WholeRuntime } from '../runtime.ts';
import { photoProcessor } from './photo-events.ts';
import { makePostgresPhotoStore } from './photo-store.ts';
import { makePhotoProcessor } from './processor.ts';

/** Announced photos in; their progress, thumbnails and the ends of batches out. */
export function makePhotoProcessorHandler(runtime: Omit<WholeRuntime, 'close'>): BatchHandler {
  const { objects, pool, publisher } = runtime;
  const recordSkips = skipRecorder(pool);
  return makeDeclaredHandler(
    photoProcessor,
    runtime,
    makePhotoProcessor({
      store: makePostgresPhotoStore(pool),
      publisher,
      objects,
      recordSkips,
      clock: Date.now,
    }),
  );
}
