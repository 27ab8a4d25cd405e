import type { VehicleTelemetry } from '../../catalogue/events.generated.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import { type KeyedFold, makeKeyedProcessor } from '../keyed-state.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { safetyMonitor, watchRecord } from './watch-record.ts';

/** The emergency rules on the stateful layer: one memory a vehicle. */
export const safetyFold: KeyedFold<VehicleTelemetry, null> = {
  prepare: () => Promise.resolve(null),
  keyOf: ({ value }) => value.vehicleId,
  step: watchRecord,
};

/** Cleaned readings in; emergencies and the commands that stop their vehicles out. */
export function makeSafetyMonitor(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { pool, publisher } = runtime;
  return makeDeclaredHandler(
    safetyMonitor,
    runtime,
    makeKeyedProcessor({
      consumer: safetyMonitor,
      fold: safetyFold,
      store: makePostgresStateStore(pool),
      publisher,
    }),
  );
}
