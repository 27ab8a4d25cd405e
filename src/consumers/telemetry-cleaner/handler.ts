import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { cleanerName } from './clean-record.ts';
import { makeDeviceCache, readDevicesFrom } from './device-table.ts';
import { makeCleanerProcessor } from './processor.ts';

/** Raw readings in; cleaned readings and vehicle states out. */
export function makeTelemetryCleaner(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { pool, publisher } = runtime;
  return makeDeclaredHandler(
    cleanerName,
    runtime,
    makeCleanerProcessor({
      store: makePostgresStateStore(pool),
      publisher,
      devices: makeDeviceCache({ read: readDevicesFrom(pool), clock: () => performance.now() }),
    }),
  );
}
