import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { inventoryProjector, makeInventoryProcessor } from './processor.ts';

/** Events of bays, shared vehicles and bookings in; availability, bookings and trips out. */
export function makeInventoryProjector(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(inventoryProjector),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeInventoryProcessor({ pool, publisher }),
  });
}
