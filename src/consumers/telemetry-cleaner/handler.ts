import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { cleanerName } from './clean-record.ts';
import { makeDeviceCache, readDevicesFrom } from './device-table.ts';
import { makeCleanerProcessor } from './processor.ts';

/** Raw readings in; cleaned readings and vehicle states out. */
export function makeTelemetryCleaner(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  return makeBatchHandler({
    consumer: declaredConsumer(cleanerName),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeCleanerProcessor({
      store: makePostgresStateStore(pool),
      publisher,
      devices: makeDeviceCache({ read: readDevicesFrom(pool), clock: () => performance.now() }),
    }),
  });
}
