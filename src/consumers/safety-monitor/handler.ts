import type { VehicleTelemetry } from '../../catalogue/events.generated.ts';
import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import { type KeyedFold, makeKeyedProcessor } from '../keyed-state.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { safetyMonitor, watchRecord } from './watch-record.ts';

/** The emergency rules on the stateful layer: one memory a vehicle. */
export const safetyFold: KeyedFold<VehicleTelemetry, null> = {
  prepare: () => Promise.resolve(null),
  keyOf: ({ value }) => value.vehicleId,
  step: watchRecord,
};

/** Cleaned readings in; emergencies and the commands that stop their vehicles out. */
export function makeSafetyMonitor(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  return makeBatchHandler<VehicleTelemetry>({
    consumer: declaredConsumer(safetyMonitor),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeKeyedProcessor({
      consumer: safetyMonitor,
      fold: safetyFold,
      store: makePostgresStateStore(pool),
      publisher,
    }),
  });
}
