import type { CleanedReading } from '../../catalogue/events.generated.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import { type KeyedFold, makeKeyedProcessor } from '../keyed-state.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { turbineMonitor, watchTurbine } from './watch-turbine.ts';

/** The turbine rules on the stateful layer: one memory a device. */
export const turbineFold: KeyedFold<CleanedReading, null> = {
  prepare: () => Promise.resolve(null),
  keyOf: ({ value }) => value.deviceId,
  step: watchTurbine,
};

/** Cleaned readings in; alerts on turbines that need somebody out. */
export function makeTurbineMonitor(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { pool, publisher } = runtime;
  return makeDeclaredHandler(
    turbineMonitor,
    runtime,
    makeKeyedProcessor({
      consumer: turbineMonitor,
      fold: turbineFold,
      store: makePostgresStateStore(pool),
      publisher,
    }),
  );
}
