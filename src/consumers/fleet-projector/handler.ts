import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { fleetProjector, makeProjectorProcessor } from './processor.ts';

/** States of vehicles in; the table of the fleet, and ends of fallbacks out. */
export function makeFleetProjector(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(fleetProjector),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeProjectorProcessor({ pool, codec, publisher }),
  });
}
