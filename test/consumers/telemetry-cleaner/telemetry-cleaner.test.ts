import { describe, expect, test } from '@jest/globals';
import { derivedId } from '../../../src/codec/event-id.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import type { RawValue } from '../../../src/consumers/telemetry-cleaner/clean-record.ts';
import { type DeviceTable, makeDeviceCache } from '../../../src/consumers/telemetry-cleaner/device-table.ts';
import { makeCleanerProcessor } from '../../../src/consumers/telemetry-cleaner/processor.ts';
import { type DeviceFacts, unknownDevice } from '../../../src/core/cleaning/device.ts';
import { MemoryPublisher, MemoryStateStore } from '../../make/keyed-state.ts';
import { rawBatch, rawItem, signal } from '../../make/raw-items.ts';
import {
  bayEvent,
  secondsLater,
  sensorReading,
  telemetryBatch,
  turbineReading,
  vehicleReading,
} from '../../make/readings.ts';

const nobody: DeviceTable = { factsOf: () => Promise.resolve(new Map()) };

function setUp(devices = nobody) {
  const store = new MemoryStateStore();
  const publisher = new MemoryPublisher();
  const processor = makeCleanerProcessor({ store, publisher, devices });
  const apply = (...items: readonly Item<RawValue>[]) => processor.apply(rawBatch(items), signal);
  return { store, publisher, apply };
}

const readings = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) =>
    vehicleReading({ time: secondsLater(from + index), sequence: from + index }),
  );

const batchOf = (deviceId: string, second: number) => telemetryBatch({ deviceId, readings: readings(second, 1) });

describe('the telemetry cleaner', () => {
  test('makes one telemetry record a reading and one state a record, with ids of source and place', async () => {
    const { publisher, apply } = setUp();
    await apply(rawItem(7, telemetryBatch({ readings: readings(0, 2) })));
    expect(publisher.published.map(({ topic, key, event }) => [topic, key, event.type, event.id])).toEqual([
      ['vehicle.telemetry.v1', 'car-1', 'vehicle.telemetry.cleaned', derivedId('raw-7', 'telemetry-cleaner', 0)],
      ['vehicle.telemetry.v1', 'car-1', 'vehicle.telemetry.cleaned', derivedId('raw-7', 'telemetry-cleaner', 1)],
      ['vehicle.state.v1', 'car-1', 'vehicle.state.changed', derivedId('raw-7', 'telemetry-cleaner', 2)],
    ]);
  });

  test('a batch that a device sends again is recorded reading by reading as duplicates', async () => {
    const { store, publisher, apply } = setUp();
    await apply(rawItem(0, telemetryBatch({ readings: readings(0, 3) })));
    publisher.published.length = 0;
    const outcomes = await apply(
      rawItem(1, telemetryBatch({ readings: readings(0, 3) })),
      rawItem(2, telemetryBatch({ readings: readings(2, 2) })),
    );
    expect(outcomes).toEqual([{ fate: 'skipped', reason: 'duplicate' }, { fate: 'applied' }]);
    expect(store.skips.map(({ offset, item, reason }) => [offset, item, reason])).toEqual([
      [1, 0, 'duplicate'],
      [1, 1, 'duplicate'],
      [1, 2, 'duplicate'],
      [2, 0, 'duplicate'],
    ]);
    expect(publisher.published.map(({ event }) => event.id)).toEqual(
      [1, 2].map((index) => derivedId('raw-2', 'telemetry-cleaner', index)),
    );
  });

  test.each([
    ['wind.turbine.raw', turbineReading(), 'sensor.cleaned', 'turbine-1'],
    ['sensor.raw', sensorReading(), 'sensor.cleaned', 'sensor-1'],
    ['veh.events.raw', bayEvent(), 'sensor.cleaned', '7'],
    [
      'veh.events.raw',
      bayEvent({ kind: 'TELEMETRY', sourceId: 'scooter-9', stationId: null }),
      'vehicle.telemetry.v1',
      'scooter-9',
    ],
  ])('%s: the event goes out keyed by the device', async (...[topic, value, target, key]) => {
    const { publisher, apply } = setUp();
    expect(await apply(rawItem(0, value, { topic }))).toEqual([{ fate: 'applied' }]);
    expect(publisher.published[0]).toMatchObject({ topic: target, key });
  });

  test('what cannot be used is recorded with reason and detail', async () => {
    const { store, apply } = setUp();
    const outcomes = await apply(
      rawItem(0, telemetryBatch({ readings: [vehicleReading({ time: 'noon' })] })),
      rawItem(1, telemetryBatch({ readings: [] })),
      rawItem(2, telemetryBatch({ deviceId: 'car-1' }), { key: 'car-2' }),
      rawItem(3, telemetryBatch(), { key: null }),
      rawItem(4, sensorReading({ unit: 'furlong' })),
    );
    expect(new Set(outcomes.map(({ fate }) => fate))).toEqual(new Set(['skipped']));
    expect(store.skips.map(({ offset, item, detail }) => [offset, item, detail?.split(':')[0]])).toEqual([
      [0, 0, 'time-unreadable'],
      [1, -1, 'no-usable-value'],
      [2, -1, 'device-id-mismatch'],
      [3, -1, 'device-id-mismatch'],
      [4, -1, 'unit-unknown'],
    ]);
  });

  test('metrics of one sensor have timelines of their own', async () => {
    const { publisher, store, apply } = setUp();
    const topic = 'sensor.raw';
    const metrics = ['temperature', 'humidity', 'temperature'];
    await apply(...metrics.map((metric, offset) => rawItem(offset, sensorReading({ metric, unit: '1' }), { topic })));
    expect(publisher.published).toHaveLength(2);
    expect(store.skips).toMatchObject([{ offset: 2, reason: 'duplicate' }]);
  });

  test('the device table enriches, and is asked once for a while', async () => {
    let now = 0;
    const asked: (readonly string[])[] = [];
    const facts: DeviceFacts = { ...unknownDevice, city: 'oslo', fleet: 'mobility' };
    const read = (ids: readonly string[]) => {
      asked.push(ids);
      return Promise.resolve(new Map([['car-1', facts]]));
    };
    const { publisher, apply } = setUp(makeDeviceCache({ read, clock: () => now, ttlMs: 1000 }));
    await apply(rawItem(0, batchOf('car-1', 0)), rawItem(1, batchOf('car-2', 0)), rawItem(2, batchOf('car-1', 1)));
    now = 999;
    await apply(rawItem(3, batchOf('car-1', 2)), rawItem(4, batchOf('car-3', 0)));
    now = 2000;
    await apply(rawItem(5, batchOf('car-1', 3)));
    expect(asked).toEqual([['car-1', 'car-2'], ['car-3'], ['car-1']]);
    const cities = publisher.published.flatMap(({ value }) =>
      'receivedAt' in value && 'city' in value ? [value.city] : [],
    );
    expect(cities).toEqual(['oslo', null, 'oslo', 'oslo', null, 'oslo']);
  });
});
