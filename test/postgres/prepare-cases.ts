import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { operationalDatabase } from '../../src/catalogue/database.ts';
import { makeTimeseriesProcessor } from '../../src/consumers/timeseries-writer/processor.ts';
import { makeWindowProcessor } from '../../src/consumers/window-aggregator/processor.ts';
import { readMigrations } from '../../src/postgres/migrate.ts';
import { makePool, onConnection, type Pool } from '../../src/postgres/pool.ts';
import { prepareDatabase } from '../../src/postgres/prepare-database.ts';
import { skipRecorder } from '../../src/postgres/skipped-records.ts';
import { batchOf, sensorItem, signal, vehicleItem } from '../make/cleaned-items.ts';
import type { TestDatabase } from '../make/postgres.ts';

const role = operationalDatabase.application;

/** What a deployment leaves behind, on any PostgreSQL. */
export function prepareCases(engine: string, open: () => Promise<TestDatabase>): void {
  describe(`a prepared database on ${engine}`, () => {
    let database: TestDatabase;
    let application: Pool;
    beforeAll(async () => {
      database = await open();
      await database.pool.query(
        `do $$ begin if to_regrole('rds_iam') is null then create role rds_iam nologin; end if; end $$`,
      );
      await prepareDatabase(database.pool, role);
      application = makePool(database.url, { max: 1 });
      application.on('connect', (client) => {
        void client.query(`set role ${role}`);
      });
    });
    afterAll(async () => {
      await application.end();
      await database.close();
    });
    const asApplication = (sql: string) => onConnection(application, (client) => client.query(sql));

    test('has every migration once, and preparing it again changes nothing', async () => {
      const before = await database.pool.query('select * from schema_migration order by name');
      expect(before.rows.map(({ name }) => String(name))).toEqual((await readMigrations()).map(({ name }) => name));
      expect(await prepareDatabase(database.pool, role)).toEqual({ applied: [] });
      expect((await database.pool.query('select * from schema_migration order by name')).rows).toEqual(before.rows);
    });

    test('trap 15: the application signs in with IAM, because its role has rds_iam', async () => {
      const { rows } = await database.pool.query(
        `select rolcanlogin, rolsuper, rolcreaterole, pg_has_role(oid, 'rds_iam', 'member') as iam from pg_roles where rolname = '${role}'`,
      );
      expect(rows).toEqual([{ rolcanlogin: true, rolsuper: false, rolcreaterole: false, iam: true }]);
    });

    test('lets the application do what consumers do, the partitions of new days included', async () => {
      const vehicle = vehicleItem(7, { time: Date.UTC(2031, 2, 9, 4) });
      const sensor = sensorItem(8, { time: Date.UTC(2031, 2, 9, 4) });
      for (const apply of [makeTimeseriesProcessor(application), makeWindowProcessor(application)]) {
        expect(await apply.apply(batchOf(vehicle), signal)).toEqual([{ fate: 'applied' }]);
        expect(await apply.apply(batchOf(sensor), signal)).toEqual([{ fate: 'applied' }]);
      }
      const at = { consumer: 'timeseries-writer', topic: 'sensor.cleaned', partition: 0 };
      await skipRecorder(application)(at, [{ offset: 9, item: -1, eventId: 'e', reason: 'late', detail: null }]);
      const tables = 'vehicle_reading, measurement, reading_window, window_applied';
      const found = await asApplication(
        tables
          .split(', ')
          .map((table) => `select min(tableoid::regclass::text) as part from ${table}`)
          .join(' union all '),
      );
      const owners = await asApplication(
        `select distinct tableowner <> '${role}' as kept from pg_tables where tablename in (${found.rows
          .map(({ part }) => `'${String(part)}'`)
          .join(', ')})`,
      );
      expect(found.rows.map(({ part }) => String(part))).toEqual([
        'vehicle_reading_20310309',
        'measurement_203103',
        'reading_window_203103',
        'window_applied_20310309',
      ]);
      expect(owners.rows).toEqual([{ kept: true }]);
    });

    test.each([
      'drop table vehicle_reading',
      'alter table device add column mine text',
      'truncate device',
      'create table mine (n int)',
      'create temporary table vehicle_reading (time timestamptz) partition by range (time)',
      "update schema_migration set checksum = 'mine'",
      'create role mine',
      'grant pg_write_all_data to event_bus_app',
    ])('refuses the application: %s', async (sql) => {
      await expect(asApplication(sql)).rejects.toMatchObject({
        code: 'EVENTBUS_POSTGRES_ACCESS_DENIED',
      });
    });

    test.each([
      ['a table that is not partitioned', `'device', 'day', '2031-01-01Z'`, '42P17'],
      ['another statement in place of a name', `'x; drop table device', 'day', '2031-01-01Z'`, '42P01'],
      ['another granularity', `'measurement', 'hour', '2031-01-01Z'`, '22023'],
      ['a time of a broken clock', `'measurement', 'day', '2131-01-01Z'`, '22008'],
    ])('makes no partition of %s', async (_case, args, state) => {
      await expect(asApplication(`select make_time_partition(${args}, 100)`)).rejects.toMatchObject({
        details: { state },
      });
    });

    test('has no role of a name that would need quoting', async () => {
      await expect(prepareDatabase(database.pool, 'app"; drop table device')).rejects.toMatchObject({
        code: 'EVENTBUS_POSTGRES_DATA_REJECTED',
      });
    });
  });
}
