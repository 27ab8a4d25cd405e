import { describe, expect, jest, test } from '@jest/globals';
import type { TripEvent, VehicleTelemetry } from '../../../src/catalogue/events.generated.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import { makeKeyedProcessor } from '../../../src/consumers/keyed-state.ts';
import { makeCleanerProcessor } from '../../../src/consumers/telemetry-cleaner/processor.ts';
import { tripFold } from '../../../src/consumers/trip-tracker/handler.ts';
import { tripTracker } from '../../../src/consumers/trip-tracker/track-record.ts';
import { MemoryPublisher, MemoryStateStore } from '../../make/keyed-state.ts';
import { asItems, rawBatch, rawItem, signal } from '../../make/raw-items.ts';
import { recordedHere, recordedMessages, recordedNote } from '../../make/recorded-data.ts';

jest.setTimeout(120_000);

async function cleaned(): Promise<readonly Item<VehicleTelemetry>[]> {
  const publisher = new MemoryPublisher();
  const devices = { factsOf: () => Promise.resolve(new Map()) };
  const cleaner = makeCleanerProcessor({ store: new MemoryStateStore(), publisher, devices });
  const raw = recordedMessages('twizy').map(({ value }, offset) => rawItem(offset, value));
  for (let at = 0; at < raw.length; at += 500) await cleaner.apply(rawBatch(raw.slice(at, at + 500)), signal);
  return asItems<VehicleTelemetry>(publisher.published, 'vehicle.telemetry.v1');
}

/** Trips of readings, by the trip rules behind their stateful layer. */
async function tripsOf(items: readonly Item<VehicleTelemetry>[]) {
  const publisher = new MemoryPublisher();
  const fold = tripFold(
    async () =>
      new Map([
        ['twizy-t1', 6.1],
        ['twizy-t2', 6.1],
      ]),
  );
  const tracker = makeKeyedProcessor({ consumer: tripTracker, fold, store: new MemoryStateStore(), publisher });
  let late = 0;
  for (let at = 0; at < items.length; at += 500) {
    const outcomes = await tracker.apply(rawBatch(items.slice(at, at + 500)), signal);
    late += outcomes.filter((outcome) => outcome.fate === 'skipped').length;
  }
  const told = publisher.published.map(({ value }) => value as TripEvent);
  const completed = told.filter(({ status }) => status === 'COMPLETED');
  return { late, completed, started: told.filter(({ status }) => status === 'STARTED').map(({ tripId }) => tripId) };
}

(recordedHere ? describe : describe.skip)(`the recorded car${recordedNote}`, () => {
  test('drove the 7 trips that it names; the last of each device is still open', async () => {
    const { started, completed, late } = await tripsOf(await cleaned());
    expect(started.toSorted()).toEqual([
      'T1_03_29_2021',
      'T1_06_30_2021_1',
      'T1_06_30_2021_2',
      'T1_07_01_2021',
      'T2_03_29_2021',
      'T2_03_30_2021',
      'T2_04_26_2021',
    ]);
    expect(completed).toHaveLength(5);
    expect(late).toBe(0);
    const longest = completed.find(({ tripId }) => tripId === 'T2_03_29_2021');
    expect(longest).toMatchObject({ batteryStartPercent: 97.7, batteryEndPercent: 18.8, durationSeconds: 7327 });
    expect(longest?.distanceKm).toBeCloseTo(60.96, 1);
    expect(longest?.energyKwh).toBeCloseTo(4.81, 2);
  });

  test('without names drove 6: the one that stands out of order is older than what was judged', async () => {
    const items = (await cleaned()).map((item) => ({ ...item, value: { ...item.value, tripId: null } }));
    const { started, completed, late } = await tripsOf(items);
    expect([started.length, completed.length, late]).toEqual([6, 4, 5903]);
  });

  test('makes the same events of the same readings, however they are cut into batches', async () => {
    const items = await cleaned();
    const ids = async (size: number) => {
      const publisher = new MemoryPublisher();
      const fold = tripFold(async () => new Map());
      const tracker = makeKeyedProcessor({ consumer: tripTracker, fold, store: new MemoryStateStore(), publisher });
      for (let at = 0; at < items.length; at += size) await tracker.apply(rawBatch(items.slice(at, at + size)), signal);
      return publisher.ids();
    };
    expect(await ids(37)).toEqual(await ids(5000));
  });
});
