import type { VehicleTelemetry } from '../../catalogue/events.generated.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import { type KeyedFold, makeKeyedProcessor } from '../keyed-state.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { type BatteryCapacities, makeBatteryCapacities } from './battery-capacities.ts';
import { trackRecord, tripTracker } from './track-record.ts';

/** The trip rules on the stateful layer: one memory a vehicle. */
export function tripFold(capacities: BatteryCapacities): KeyedFold<VehicleTelemetry, ReadonlyMap<string, number>> {
  return {
    prepare: (items) => capacities(items.map(({ value }) => value.vehicleId)),
    keyOf: ({ value }) => value.vehicleId,
    step: trackRecord,
  };
}

/** Cleaned readings in; steps of trips out. */
export function makeTripTracker(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { pool, publisher } = runtime;
  return makeDeclaredHandler(
    tripTracker,
    runtime,
    makeKeyedProcessor({
      consumer: tripTracker,
      fold: tripFold(makeBatteryCapacities(pool)),
      store: makePostgresStateStore(pool),
      publisher,
    }),
  );
}
