import { type DeviceFacts, unknownDevice } from '../../core/cleaning/device.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import type { BatchProcessor } from '../batch/processor.ts';
import { makeKeyedProcessor } from '../keyed-state.ts';
import type { KeyedStateStore } from '../keyed-state-store.ts';
import { cleanerName, cleanRecord, deviceIdOf, memoryKeyOf, type RawValue } from './clean-record.ts';
import type { DeviceTable } from './device-table.ts';

export interface CleanerDependencies {
  readonly store: KeyedStateStore;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  readonly devices: DeviceTable;
}

/** The cleaner on the stateful layer: one memory a device, device facts once a batch. */
export function makeCleanerProcessor({ store, publisher, devices }: CleanerDependencies): BatchProcessor<RawValue> {
  return makeKeyedProcessor<RawValue, ReadonlyMap<string, DeviceFacts>>({
    consumer: cleanerName,
    store,
    publisher,
    fold: {
      prepare: (items) => devices.factsOf(items.map(({ value }) => deviceIdOf(value))),
      keyOf: memoryKeyOf,
      step: (item, state, facts) =>
        cleanRecord(item, state, {
          device: facts.get(deviceIdOf(item.value)) ?? unknownDevice,
          receivedAt: item.timestampMs,
        }),
    },
  });
}
