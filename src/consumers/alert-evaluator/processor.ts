import type { BatchProcessor } from '../batch/processor.ts';
import { type KeyedStateOptions, makeKeyedProcessor } from '../keyed-state.ts';
import { type CleanedValue, evaluateRecord, evaluatorName, memoryKeyOf } from './evaluate-record.ts';

export type EvaluatorDependencies = Pick<KeyedStateOptions<CleanedValue, null>, 'store' | 'publisher'>;

/** The alert rules on the stateful layer: one memory a device. */
export function makeEvaluatorProcessor({ store, publisher }: EvaluatorDependencies): BatchProcessor<CleanedValue> {
  return makeKeyedProcessor<CleanedValue, null>({
    consumer: evaluatorName,
    store,
    publisher,
    fold: {
      prepare: () => Promise.resolve(null),
      keyOf: memoryKeyOf,
      step: evaluateRecord,
    },
  });
}
