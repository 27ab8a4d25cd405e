import type { CleanedReading } from '../../catalogue/events.generated.ts';
import { skipRecorder } from '../../postgres/skipped-records.ts';
import { type BatchHandler, makeBatchHandler } from '../batch/handler.ts';
import { declaredConsumer } from '../declared-consumer.ts';
import { type KeyedFold, makeKeyedProcessor } from '../keyed-state.ts';
import { makePostgresStateStore } from '../keyed-state-store.ts';
import type { Runtime } from '../runtime.ts';
import { subjectOf } from '../subject-of.ts';
import { turbineMonitor, watchTurbine } from './watch-turbine.ts';

/** The turbine rules on the stateful layer: one memory a device. */
export const turbineFold: KeyedFold<CleanedReading, null> = {
  prepare: () => Promise.resolve(null),
  keyOf: ({ value }) => value.deviceId,
  step: watchTurbine,
};

/** Cleaned readings in; alerts on turbines that need somebody out. */
export function makeTurbineMonitor(runtime: Omit<Runtime, 'close'>): BatchHandler {
  const { codec, deadLetters, log, pool, publisher } = runtime;
  return makeBatchHandler<CleanedReading>({
    consumer: declaredConsumer(turbineMonitor),
    subjectOf,
    codec,
    deadLetters,
    log,
    recordSkips: skipRecorder(pool),
    processor: makeKeyedProcessor({
      consumer: turbineMonitor,
      fold: turbineFold,
      store: makePostgresStateStore(pool),
      publisher,
    }),
  });
}
