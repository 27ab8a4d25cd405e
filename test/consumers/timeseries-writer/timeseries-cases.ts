import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeTimeseriesProcessor } from '../../../src/consumers/timeseries-writer/processor.ts';
import { batchOf, copyOf, sensorItem, signal, vehicleItem } from '../../make/cleaned-items.ts';
import { emptyTables, type TestDatabase } from '../../make/postgres.ts';
import { may1st } from '../../make/readings.ts';

function copied(topic: string) {
  const detail = `stored from ${topic}-0 at offset 0`;
  return { consumer: 'timeseries-writer', item: -1, reason: 'duplicate', detail };
}

/** What the time-series writer promises on any PostgreSQL. */
export function timeseriesCases(engine: string, open: () => Promise<TestDatabase>): void {
  describe(`the time series in ${engine}`, () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    beforeEach(() => emptyTables(database.pool));

    const rows = async (sql: string) => (await database.pool.query<Record<string, unknown>>(sql)).rows;
    const skips = () => rows(`select consumer, "offset", item, reason, detail from skipped_record order by "offset"`);

    test('a vehicle reading becomes one typed row with its coordinates', async () => {
      const item = vehicleItem(7, {
        vehicleId: 'car-ü"\\',
        sequence: 2 ** 40,
        latitude: null,
        speedKmh: 41.25,
        faults: ['E1', 'E,2'],
        quality: ['TIME_REPAIRED', 'LATE'],
        receivedAt: may1st + 500,
      });
      const outcomes = await makeTimeseriesProcessor(database.pool).apply(batchOf(item), signal);
      expect(outcomes).toEqual([{ fate: 'applied' }]);
      expect(await rows('select * from vehicle_reading')).toEqual([
        expect.objectContaining({
          vehicle_id: 'car-ü"\\',
          time: new Date(may1st),
          event_id: item.event.id,
          sequence: 2 ** 40,
          latitude: null,
          longitude: 10.75,
          speed_kmh: 41.25,
          faults: ['E1', 'E,2'],
          quality: ['TIME_REPAIRED', 'LATE'],
          received_at: new Date(may1st + 500),
          topic: 'vehicle.telemetry.v1',
          partition: 0,
          offset: 7,
        }),
      ]);
    });

    test('a cleaned reading becomes one row a metric; flags are null when there are none', async () => {
      await makeTimeseriesProcessor(database.pool).apply(batchOf(sensorItem(0)), signal);
      const found = await rows('select metric, value, unit, interval_seconds, quality from measurement order by 1');
      expect(found).toEqual([
        { metric: 'activePower', value: 1500, unit: 'kW', interval_seconds: 600, quality: null },
        { metric: 'theoreticalPower', value: 1700, unit: 'kW', interval_seconds: 600, quality: null },
        { metric: 'windSpeed', value: 9, unit: 'm/s', interval_seconds: 600, quality: null },
      ]);
    });

    test('rows lie in the partition of their day or month, made on demand', async () => {
      const processor = makeTimeseriesProcessor(database.pool);
      const vehicles = [0, 86_400].map((seconds, offset) => vehicleItem(offset, { time: may1st + seconds * 1000 }));
      await processor.apply(batchOf(...vehicles, vehicleItem(2, { time: Date.UTC(2150, 0, 1) })), signal);
      await processor.apply(batchOf(sensorItem(0), sensorItem(1, { time: Date.UTC(2018, 11, 31, 23, 50) })), signal);
      const where = await rows(
        `select tableoid::regclass::text as part, count(*)::int from vehicle_reading group by 1
         union all select tableoid::regclass::text, count(*)::int from measurement group by 1 order by 1`,
      );
      expect(where).toEqual([
        { part: 'measurement_201812', count: 3 },
        { part: 'measurement_202605', count: 3 },
        { part: 'vehicle_reading_20260501', count: 1 },
        { part: 'vehicle_reading_20260502', count: 1 },
        { part: 'vehicle_reading_default', count: 1 },
      ]);
    });

    test('a redelivered batch changes nothing and is no skip', async () => {
      const batch = batchOf(vehicleItem(0), vehicleItem(1));
      const sensors = batchOf(sensorItem(0));
      for (let round = 0; round < 2; round += 1) {
        const processor = makeTimeseriesProcessor(database.pool);
        expect(await processor.apply(batch, signal)).toEqual([{ fate: 'applied' }, { fate: 'applied' }]);
        expect(await processor.apply(sensors, signal)).toEqual([{ fate: 'applied' }]);
      }
      const counts = await rows(
        'select (select count(*) from vehicle_reading) v, (select count(*) from measurement) m',
      );
      expect(counts).toEqual([{ v: 2, m: 3 }]);
      expect(await skips()).toEqual([]);
    });

    test('a batch cut short by a crash is completed by its redelivery', async () => {
      const processor = makeTimeseriesProcessor(database.pool);
      await processor.apply(batchOf(vehicleItem(0)), signal);
      const outcomes = await processor.apply(batchOf(vehicleItem(0), vehicleItem(1)), signal);
      expect(outcomes).toEqual([{ fate: 'applied' }, { fate: 'applied' }]);
      expect(await rows(`select "offset" from vehicle_reading order by 1`)).toEqual([{ offset: 0 }, { offset: 1 }]);
    });

    test('a second copy of an event is recorded as a duplicate, once, and stores nothing', async () => {
      const processor = makeTimeseriesProcessor(database.pool);
      const vehicle = vehicleItem(0);
      const sensor = sensorItem(0);
      await processor.apply(batchOf(vehicle), signal);
      await processor.apply(batchOf(sensor), signal);
      for (let round = 0; round < 2; round += 1) {
        const outcomes = await processor.apply(batchOf(copyOf(vehicle, 4), vehicleItem(5), copyOf(vehicle, 6)), signal);
        expect(outcomes.map(({ fate }) => fate)).toEqual(['skipped', 'applied', 'skipped']);
        await processor.apply(batchOf(copyOf(sensor, 3)), signal);
      }
      expect(await skips()).toEqual([
        { offset: 3, ...copied('sensor.cleaned') },
        { offset: 4, ...copied('vehicle.telemetry.v1') },
        { offset: 6, ...copied('vehicle.telemetry.v1') },
      ]);
      expect(await rows('select count(*)::int as count from measurement')).toEqual([{ count: 3 }]);
    });

    test('a reading that measures nothing is recorded as rejected', async () => {
      const outcomes = await makeTimeseriesProcessor(database.pool).apply(
        batchOf(sensorItem(0, { measurements: [] })),
        signal,
      );
      expect(outcomes).toEqual([{ fate: 'skipped', reason: 'rejected' }]);
      expect(await skips()).toMatchObject([{ offset: 0, reason: 'rejected', detail: 'it measures nothing' }]);
    });

    test('an event id that is no UUID is stored under a UUID of its own', async () => {
      const item = vehicleItem(0);
      const foreign = { ...item, event: { ...item.event, id: 'vehicle.telemetry.v1/0/8' } };
      await makeTimeseriesProcessor(database.pool).apply(batchOf(foreign), signal);
      await makeTimeseriesProcessor(database.pool).apply(batchOf(foreign), signal);
      expect(await rows('select count(*)::int as count from vehicle_reading')).toEqual([{ count: 1 }]);
    });

    test('a value that the table cannot hold is poison, and nothing of the batch is stored', async () => {
      const items = batchOf(vehicleItem(0), vehicleItem(1, { tripId: 'a\u0000b' }));
      await expect(makeTimeseriesProcessor(database.pool).apply(items, signal)).rejects.toMatchObject({
        code: 'EVENTBUS_POSTGRES_DATA_REJECTED',
        failure: 'poison',
      });
      const impossible = batchOf(vehicleItem(0, { time: Number.MAX_SAFE_INTEGER }));
      await expect(makeTimeseriesProcessor(database.pool).apply(impossible, signal)).rejects.toMatchObject({
        failure: 'poison',
      });
      expect(await rows('select count(*)::int as count from vehicle_reading')).toEqual([{ count: 0 }]);
    });

    test('the device table learns new devices and keeps what an operator entered', async () => {
      await database.pool.query(`insert into device (device_id, type, city) values ('car-1', 'van', 'Rabat')`);
      const processor = makeTimeseriesProcessor(database.pool);
      await processor.apply(
        batchOf(vehicleItem(0, { time: may1st + 5000 }), vehicleItem(1, { vehicleId: 'car-2', city: 'Oslo' })),
        signal,
      );
      await processor.apply(batchOf(vehicleItem(2, { time: may1st - 1000 })), signal);
      await processor.apply(batchOf(vehicleItem(3, { time: may1st + 90_000 })), signal);
      await processor.apply(batchOf(sensorItem(0, { siteId: 'yalova' })), signal);
      const found = await rows(
        'select device_id, kind, type, city, site_id, first_seen, last_seen from device order by 1',
      );
      expect(found).toEqual([
        {
          device_id: 'car-1',
          kind: 'vehicle',
          type: 'van',
          city: 'Rabat',
          site_id: null,
          first_seen: new Date(may1st - 1000),
          last_seen: new Date(may1st + 90_000),
        },
        expect.objectContaining({ device_id: 'car-2', type: 'car', city: 'Oslo' }),
        expect.objectContaining({ device_id: 'turbine-1', kind: 'turbine', site_id: 'yalova' }),
      ]);
    });
  });
}
