import type { Item, PartitionBatch } from '../../src/consumers/batch/processor.ts';
import type { RawValue } from '../../src/consumers/telemetry-cleaner/clean-record.ts';
import { deviceIdOf } from '../../src/consumers/telemetry-cleaner/clean-record.ts';
import type { OutgoingEvent } from '../../src/kafka/publisher.ts';
import { may1st } from './readings.ts';

export const signal = new AbortController().signal;

/** A raw record as the engine hands it to the cleaner. */
export function rawItem(offset: number, value: RawValue, given: Partial<Item<RawValue>> = {}): Item<RawValue> {
  return {
    topic: 'telemetry.raw.v1',
    partition: 0,
    offset,
    timestampMs: may1st + 3_600_000,
    key: deviceIdOf(value),
    event: { id: `raw-${offset}`, source: '//mqtt/device', type: 'reported' },
    value,
    ...given,
  };
}

/** Items of one partition, by the topic of the first. */
export function rawBatch<T>(items: readonly Item<T>[]): PartitionBatch<T> {
  return { topic: items[0]?.topic ?? '', partition: items[0]?.partition ?? 0, items };
}

/** Published events as the next consumer of their topic receives them; offsets as in a log that had nothing before. */
export function asItems<T>(events: readonly OutgoingEvent[], topic: string): Item<T>[] {
  return events
    .filter((event) => event.topic === topic)
    .map((event, offset) => ({
      topic,
      partition: 0,
      offset,
      timestampMs: may1st + 3_600_000,
      key: event.key,
      event: event.event,
      value: event.value as T,
    }));
}
