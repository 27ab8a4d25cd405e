import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { InventoryUpdate } from '../../../src/catalogue/events.generated.ts';
import { makeInventoryProcessor } from '../../../src/consumers/inventory-projector/processor.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { Pool } from '../../../src/postgres/pool.ts';
import { MemoryPublisher } from '../../make/keyed-state.ts';
import { bayItem, bookingItem, mobilityBatch } from '../../make/mobility-items.ts';
import type { TestDatabase } from '../../make/postgres.ts';
import { may1st, secondsLater } from '../../make/readings.ts';

const signal = new AbortController().signal;
const status = (offset: number, seconds: number, counts: readonly [bikes: number, docks: number]) =>
  bayItem(offset, {
    kind: 'BAY_STATUS',
    time: secondsLater(seconds),
    bikesAvailable: counts[0],
    docksAvailable: counts[1],
  });

const start = (id: string) =>
  ({ kind: 'UNDOCKED', tripId: id, time: secondsLater(0), sourceId: 'a', stationId: 'a' }) as const;
const end = (id: string) =>
  ({ kind: 'DOCKED', tripId: id, time: secondsLater(293.6), sourceId: 'b', stationId: 'b' }) as const;
const report = (offset: number, seconds: number, batteryPercent: number) =>
  bayItem(offset, {
    sourceId: 's-1',
    kind: 'TELEMETRY',
    stationId: null,
    vehicleType: 'scooter',
    time: secondsLater(seconds),
    batteryPercent,
  });

/** The log as compaction leaves it. */
function compacted({ published }: MemoryPublisher) {
  const last = new Map(published.map(({ key, value }) => [key, value as InventoryUpdate]));
  return [...last.values()]
    .map(({ entityId, kind, city, status, vehiclesAvailable: vehicles, docksAvailable: docks, updatedAt }) => {
      return { entityId, kind, city, status, vehicles, docks, updatedAt };
    })
    .toSorted((left, right) => (left.entityId < right.entityId ? -1 : 1));
}

const gone = () => Promise.reject(new AppError('EVENTBUS_POSTGRES_UNAVAILABLE', 'gone'));

/** A pool whose commits fail, as when the connection breaks at that moment. */
function withoutCommits(pool: Pool): Pool {
  return new Proxy(pool, {
    get(target, name, receiver) {
      if (name !== 'connect') return Reflect.get(target, name, receiver) as unknown;
      return async () => {
        const client = await target.connect();
        const query = client.query.bind(client) as (...given: unknown[]) => unknown;
        return Object.assign(Object.create(client) as typeof client, {
          query: (first: unknown, ...rest: unknown[]) => (first === 'commit' ? gone() : query(first, ...rest)),
        });
      };
    },
  });
}

/** What the projector promises on any PostgreSQL. */
export function inventoryCases(engine: string, open: () => Promise<TestDatabase>): void {
  describe(`availability in ${engine}`, () => {
    let database: TestDatabase;
    let log: MemoryPublisher;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    beforeEach(async () => {
      log = new MemoryPublisher();
      await database.pool.query(
        'truncate availability, mobility_booking, mobility_trip, skipped_record, consumer_position',
      );
    });

    const projector = () => makeInventoryProcessor({ pool: database.pool, publisher: log });
    const apply = (items: Parameters<typeof mobilityBatch>[0], partition = 0) =>
      projector().apply(mobilityBatch(items, partition), signal);
    const rows = async () =>
      (
        await database.pool.query(
          `select entity_id as "entityId", kind, city, status, vehicles_available as vehicles, docks_available as docks,
             (extract(epoch from updated_at) * 1000)::float8 as "updatedAt"
           from availability order by 1`,
        )
      ).rows;
    const skips = async () =>
      (await database.pool.query('select "offset", reason, detail from skipped_record order by 1')).rows;
    const newest = () => compacted(log);

    test('a station’s count, moves and a booking lead to one value, in the table and as the newest of its key', async () => {
      await apply([status(0, 0, [5, 10]), bayItem(1, { kind: 'UNDOCKED', time: secondsLater(10) })]);
      await apply([bookingItem(0, 'booking_created', { occurredAt: may1st + 20_000 })], 3);
      expect(await rows()).toEqual([
        expect.objectContaining({
          entityId: 'oslo/7',
          kind: 'STATION',
          vehicles: 3,
          docks: 11,
          updatedAt: may1st + 20_000,
        }),
      ]);
      expect(newest()).toEqual(await rows());
      const { rows: bookings } = await database.pool.query(
        'select booking_id, status, language, currency from mobility_booking',
      );
      expect(bookings).toEqual([{ booking_id: 'booking-1', status: 'CREATED', language: 'nb', currency: 'NOK' }]);
    });

    test('a redelivered batch changes nothing, publishes nothing and is no skip', async () => {
      const items = [status(0, 0, [5, 10]), bayItem(1, { kind: 'DOCKED', time: secondsLater(10) })];
      await apply(items);
      const before = await rows();
      const published = log.published.length;
      const outcomes = await apply([...items, bayItem(2, { kind: 'DOCKED', time: secondsLater(20) })]);
      expect(outcomes.map(({ fate }) => fate)).toEqual(['skipped', 'skipped', 'applied']);
      expect(await rows()).toEqual([{ ...before[0], vehicles: 7, docks: 8, updatedAt: may1st + 20_000 }]);
      expect(log.published.length).toBe(published + 1);
      expect(await skips()).toEqual([]);
    });

    test('what was published before a crash is published again under the same id', async () => {
      const failing = makeInventoryProcessor({ pool: withoutCommits(database.pool), publisher: log });
      const batch = mobilityBatch([status(0, 0, [5, 10])]);
      await expect(failing.apply(batch, signal)).rejects.toMatchObject({ code: 'EVENTBUS_POSTGRES_UNAVAILABLE' });
      expect(await rows()).toEqual([]);
      await apply(batch.items);
      expect(new Set(log.ids()).size).toBe(1);
      expect(log.ids()).toHaveLength(2);
      expect(newest()).toEqual(await rows());
    });

    test('copies, late counts and moves that a count contains are skipped, each with its reason', async () => {
      const outcomes = await apply([
        status(0, 60, [5, 10]),
        bayItem(1, { kind: 'DOCKED', time: secondsLater(70) }),
        bayItem(2, { kind: 'DOCKED', time: secondsLater(70) }),
        bayItem(3, { kind: 'UNDOCKED', time: secondsLater(50) }),
        status(4, 30, [9, 9]),
        bayItem(5, { sourceId: 'station-8', kind: 'DOCKED', time: '2026-05-90T00:00:00Z' }),
        bayItem(6, { kind: 'UNKNOWN' }),
      ]);
      expect(outcomes.map((one) => ('reason' in one ? one.reason : one.fate))).toEqual([
        'applied',
        'applied',
        'duplicate',
        'filtered',
        'filtered',
        'rejected',
        'rejected',
      ]);
      expect((await skips()).map(({ offset, detail }) => [offset, detail])).toEqual([
        [2, null],
        [3, 'late: of 2026-05-01T08:00:50.000Z, after the count that contains it, of 2026-05-01T08:01:00.000Z'],
        [4, 'late: of 2026-05-01T08:00:30.000Z, after a count of 2026-05-01T08:01:00.000Z'],
        [5, expect.stringContaining('time-impossible: time "2026-05-90T00:00:00Z"')],
        [6, expect.stringContaining('kind-unknown')],
      ]);
      expect(await rows()).toEqual([expect.objectContaining({ vehicles: 6, docks: 9 })]);
    });

    test('a booking event with impossible money or language is poison, and names its record', async () => {
      const bad = bookingItem(4, 'payment_authorized', { language: 'norsk bokmål', currency: 'kr', amountMinor: null });
      await expect(apply([bookingItem(3, 'booking_created'), bad])).rejects.toMatchObject({
        code: 'EVENTBUS_MOBILITY_BOOKING_INVALID',
        details: { offset: 4 },
        message: expect.stringMatching(/language is "norsk bokmål".*currency is "kr".*amountMinor is missing/),
      });
      expect(await rows()).toEqual([]);
    });

    test('the two ends of a trip meet whichever comes first, from two partitions at once', async () => {
      await Promise.all([
        apply([bayItem(0, start('t-1')), bayItem(1, start('t-2'))], 1),
        apply([bayItem(0, end('t-2')), bayItem(1, end('t-1')), bayItem(2, end('t-3'))], 2),
      ]);
      const { rows: trips } = await database.pool.query(
        'select trip_id, start_station_id as "from", end_station_id as "to", duration_seconds as s from mobility_trip order by 1',
      );
      expect(trips).toEqual([
        { trip_id: 't-1', from: 'a', to: 'b', s: 293.6 },
        { trip_id: 't-2', from: 'a', to: 'b', s: 293.6 },
        { trip_id: 't-3', from: null, to: 'b', s: null },
      ]);
    });

    test('partitions that change one station side by side lose nothing, and the log ends with what the table has', async () => {
      await apply([status(0, 0, [40, 0])]);
      const rounds = Array.from({ length: 12 }, (_, round) => round);
      const insisting = async (items: Parameters<typeof apply>[0], partition: number): Promise<void> => {
        await apply(items, partition).catch(async (error: unknown) => {
          if (!(error instanceof AppError) || error.code !== 'EVENTBUS_POSTGRES_CONFLICT') throw error;
          await insisting(items, partition);
        });
      };
      await Promise.all([
        ...rounds.map((round) =>
          insisting(
            [
              bookingItem(round, 'booking_created', {
                bookingId: `b-${round}`,
                pickupStationId: '7',
                vehicleId: `v-${round % 3}`,
              }),
            ],
            round + 10,
          ),
        ),
        ...rounds.map((round) =>
          insisting(
            [bayItem(0, { sourceId: `bay-${round}`, kind: 'UNDOCKED', time: secondsLater(30), sequence: round })],
            round + 30,
          ),
        ),
      ]);
      const [station] = await rows();
      expect(station).toMatchObject({ entityId: 'oslo/7', vehicles: 40 - 12 - 12, docks: 12 });
      expect(newest()).toEqual(await rows());
    });

    test('a scooter that hardly moves is told of once, one that is low in charge again', async () => {
      await apply([report(0, 0, 50)]);
      await apply([report(1, 10, 49)]);
      expect(log.published).toHaveLength(1);
      await apply([report(2, 20, 9)]);
      expect(log.published).toHaveLength(2);
      expect(newest()).toEqual(await rows());
      expect(newest()[0]).toMatchObject({ entityId: 's-1', status: 'OUT_OF_SERVICE' });
    });
  });
}
