import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import type { Cleaned } from '../../../src/consumers/cleaned-item.ts';
import { makeWindowProcessor } from '../../../src/consumers/window-aggregator/processor.ts';
import { batchOf, copyOf, sensorItem, signal, vehicleItem } from '../../make/cleaned-items.ts';
import { emptyTables, type TestDatabase } from '../../make/postgres.ts';
import { may1st } from '../../make/readings.ts';

interface WindowRow {
  readonly device_id: string;
  readonly metric: string;
  readonly start: string;
  readonly count: number;
  readonly minimum: number;
  readonly mean: number;
  readonly maximum: number;
  readonly total: number;
}

function energy(rows: readonly WindowRow[]) {
  return rows.filter(({ metric }) => metric === 'energy').map(({ start, count, total }) => ({ start, count, total }));
}

/** A reading of nothing but a speed. */
function fast(offset: number, seconds: number, speedKmh: number): Item<Cleaned> {
  return vehicleItem(offset, { time: may1st + seconds * 1000, speedKmh, batteryPercent: null, distanceKm: null });
}

/** What the window aggregator promises on any PostgreSQL. */
export function windowCases(engine: string, open: () => Promise<TestDatabase>, propertyRuns: number): void {
  describe(`windows in ${engine}`, () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    beforeEach(() => emptyTables(database.pool));

    const read = async (view = 'reading_window_10min') => {
      const { rows } = await database.pool.query<WindowRow>(
        `select device_id, metric, to_char(window_start at time zone 'utc', 'YYYY-MM-DD HH24:MI') as start, count::int,
           minimum, mean, maximum, total from ${view} order by 1, 2, 3`,
      );
      return rows;
    };
    const skips = async () => {
      const { rows } = await database.pool.query<{ offset: number; reason: string; detail: string }>(
        `select "offset", reason, detail from skipped_record where consumer = 'window-aggregator' order by 1`,
      );
      return rows;
    };

    test('a turbine’s day, hours and ten minutes agree, with energy in kWh', async () => {
      const items = [0, 600, 3600, 86_400].map((seconds, offset) =>
        sensorItem(offset, {
          time: may1st + seconds * 1000,
          measurements: [{ metric: 'activePower', value: 600 * (offset + 1), unit: 'kW' }],
        }),
      );
      await makeWindowProcessor(database.pool).apply(batchOf(...items), signal);
      expect(energy(await read())).toEqual([
        { start: '2026-05-01 08:00', count: 1, total: 100 },
        { start: '2026-05-01 08:10', count: 1, total: 200 },
        { start: '2026-05-01 09:00', count: 1, total: 300 },
        { start: '2026-05-02 08:00', count: 1, total: 400 },
      ]);
      expect(energy(await read('reading_window_hour'))).toEqual([
        { start: '2026-05-01 08:00', count: 2, total: 300 },
        { start: '2026-05-01 09:00', count: 1, total: 300 },
        { start: '2026-05-02 08:00', count: 1, total: 400 },
      ]);
      const day = (await read('reading_window_day')).filter(({ metric }) => metric === 'activePower');
      expect(day[0]).toMatchObject({ start: '2026-05-01 00:00', count: 3, minimum: 600, mean: 1200, maximum: 1800 });
      expect(day[1]).toMatchObject({ start: '2026-05-02 00:00', count: 1, mean: 2400 });
    });

    test('late readings correct windows that were complete', async () => {
      const processor = makeWindowProcessor(database.pool);
      await processor.apply(batchOf(fast(0, 1, 20), fast(1, 4000, 50)), signal);
      await processor.apply(batchOf(fast(2, 2, 10)), signal);
      expect((await read())[0]).toMatchObject({
        start: '2026-05-01 08:00',
        count: 2,
        minimum: 10,
        mean: 15,
        maximum: 20,
      });
    });

    test('a redelivered batch changes nothing and is no skip', async () => {
      const processor = makeWindowProcessor(database.pool);
      const batch = batchOf(vehicleItem(0), vehicleItem(1, { time: may1st + 1000 }));
      await processor.apply(batch, signal);
      const before = await read();
      const outcomes = await makeWindowProcessor(database.pool).apply(batch, signal);
      expect(outcomes).toEqual([{ fate: 'applied' }, { fate: 'applied' }]);
      expect(await read()).toEqual(before);
      expect(await skips()).toEqual([]);
    });

    test('a second copy of an event adds nothing and is recorded as a duplicate, in the same batch or later', async () => {
      const processor = makeWindowProcessor(database.pool);
      const first = vehicleItem(0);
      const outcomes = await processor.apply(batchOf(first, copyOf(first, 1), vehicleItem(2)), signal);
      expect(outcomes.map(({ fate }) => fate)).toEqual(['applied', 'skipped', 'applied']);
      const later = await processor.apply(batchOf(copyOf(first, 3)), signal);
      expect(later).toEqual([{ fate: 'skipped', reason: 'duplicate' }]);
      expect((await read())[0]).toMatchObject({ count: 2 });
      expect(await skips()).toEqual([
        { offset: 1, reason: 'duplicate', detail: 'applied from vehicle.telemetry.v1-0 at offset 0' },
        { offset: 3, reason: 'duplicate', detail: 'applied from vehicle.telemetry.v1-0 at offset 0' },
      ]);
    });

    test('the copy that came first keeps the reading when the earlier record is redriven after it', async () => {
      const processor = makeWindowProcessor(database.pool);
      const original = vehicleItem(5);
      const copy = copyOf(original, 9);
      await processor.apply(batchOf(copy), signal);
      const outcomes = await processor.apply(batchOf(original, copy), signal);
      expect(outcomes).toEqual([{ fate: 'skipped', reason: 'duplicate' }, { fate: 'applied' }]);
      expect((await skips()).map(({ offset }) => offset)).toEqual([5]);
    });

    test('times outside the years 2000 to 2099 are kept in the default partition', async () => {
      await makeWindowProcessor(database.pool).apply(batchOf(vehicleItem(0, { time: Date.UTC(1980, 0, 6) })), signal);
      const { rows } = await database.pool.query('select count(*)::int as count from window_applied_default');
      expect(rows).toEqual([{ count: 1 }]);
    });

    test('any order, repetition and cut of the same readings gives the same windows', async () => {
      const readings = Array.from({ length: 24 }, (_, offset) =>
        offset % 3 === 0
          ? sensorItem(offset, { time: may1st + offset * 137_000 })
          : vehicleItem(offset, {
              vehicleId: `car-${offset % 2}`,
              time: may1st + offset * 91_000,
              speedKmh: offset / 7,
            }),
      );
      await makeWindowProcessor(database.pool).apply(batchOf(...readings), signal);
      const expected = await read();
      const delivery = fc
        .tuple(
          fc.array(fc.nat(readings.length - 1), { maxLength: 30 }),
          fc.shuffledSubarray(readings, { minLength: readings.length }),
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
        )
        .map(([again, order, sizes]) => ({ again, order, sizes }));
      await fc.assert(
        fc.asyncProperty(delivery, async ({ again, order, sizes }) => {
          await emptyTables(database.pool);
          const processor = makeWindowProcessor(database.pool);
          const all = [...order, ...again.map((index) => copyOf(readings[index] as Item<Cleaned>, 100 + index))];
          for (const items of cut(all, sizes)) await processor.apply(batchOf(...items), signal);
          const rows = await read();
          expect(rows).toEqual(expected);
        }),
        { numRuns: propertyRuns },
      );
    });
  });
}

function* cut<T>(all: readonly T[], sizes: readonly number[]): Generator<readonly T[]> {
  let at = 0;
  for (let index = 0; at < all.length; index += 1) {
    const size = sizes[index % sizes.length] as number;
    yield all.slice(at, at + size);
    at += size;
  }
}
