import type { CleanedReading, VehicleTelemetry } from '../../src/catalogue/events.generated.ts';
import { derivedId } from '../../src/codec/event-id.ts';
import type { Item, PartitionBatch } from '../../src/consumers/batch/processor.ts';
import type { Cleaned } from '../../src/consumers/cleaned-item.ts';
import { cleanedReading, vehicleTelemetry } from './readings.ts';

export const signal = new AbortController().signal;

const vehicleTopic = 'vehicle.telemetry.v1';
const sensorTopic = 'sensor.cleaned';

function item(topic: string, offset: number, value: Cleaned): Item<Cleaned> {
  const id = derivedId(`source-${topic}-${offset}`, 'test', 0);
  return {
    topic,
    partition: 0,
    offset,
    timestampMs: value.receivedAt,
    key: 'key',
    event: { id, source: '/test', type: 'test' },
    value,
  };
}

export function vehicleItem(offset: number, given: Partial<VehicleTelemetry> = {}): Item<Cleaned> {
  return item(vehicleTopic, offset, vehicleTelemetry(given));
}

export function sensorItem(offset: number, given: Partial<CleanedReading> = {}): Item<Cleaned> {
  return item(sensorTopic, offset, cleanedReading(given));
}

/** The same event once more, further down the log. */
export function copyOf(original: Item<Cleaned>, offset: number): Item<Cleaned> {
  return { ...original, offset };
}

export function batchOf(...items: readonly Item<Cleaned>[]): PartitionBatch<Cleaned> {
  return { topic: items[0]?.topic ?? vehicleTopic, partition: 0, items };
}
