import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  float8Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
  uuidArray,
} from '../../src/postgres/binary-array.ts';
import { type Migration, migrate, readMigrations } from '../../src/postgres/migrate.ts';
import { inTransaction, makePool } from '../../src/postgres/pool.ts';
import { storedEventId } from '../../src/postgres/stored-event-id.ts';
import { TimePartitions } from '../../src/postgres/time-partitions.ts';
import type { TestDatabase } from '../make/postgres.ts';

function migration(name: string, sql: string): Migration {
  return { name, sql, checksum: `${name}:${sql}` };
}

function folderOf(files: Readonly<Record<string, string>>): { readonly url: URL; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'event-bus-test-'));
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(path, name), sql);
  return { url: pathToFileURL(`${path}/`), remove: () => rmSync(path, { recursive: true }) };
}

/** What the shared PostgreSQL code promises on any PostgreSQL. */
export function postgresCases(engine: string, open: () => Promise<TestDatabase>): void {
  describe(`the database code on ${engine}`, () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    const rows = async (sql: string) => (await database.pool.query<Record<string, unknown>>(sql)).rows;

    test('a transaction commits what its work did and returns its result', async () => {
      await database.pool.query('create table kept (n int)');
      const result = await inTransaction(database.pool, async (client) => {
        await client.query('insert into kept values (1)');
        return 'done';
      });
      expect(result).toBe('done');
      expect(await rows('select * from kept')).toEqual([{ n: 1 }]);
    });

    test('a transaction whose work throws leaves nothing and throws the same error', async () => {
      await database.pool.query('create table dropped (n int)');
      const mine = new TypeError('not the database');
      const work = inTransaction(database.pool, async (client) => {
        await client.query('insert into dropped values (1)');
        throw mine;
      });
      await expect(work).rejects.toBe(mine);
      expect(await rows('select * from dropped')).toEqual([]);
    });

    test('a statement that fails inside a transaction is coded and rolls it back', async () => {
      await database.pool.query('create table once (n int primary key)');
      const work = inTransaction(database.pool, async (client) => {
        await client.query('insert into once values (1)');
        await client.query('insert into once values ($1)', [1]);
      });
      await expect(work).rejects.toMatchObject({ code: 'EVENTBUS_POSTGRES_DATA_REJECTED', failure: 'poison' });
      expect(await rows('select * from once')).toEqual([]);
      await expect(
        inTransaction(database.pool, (client) => client.query('select * from nowhere')),
      ).rejects.toMatchObject({ code: 'EVENTBUS_POSTGRES_SCHEMA_MISMATCH', failure: 'dependency' });
    });

    test('a bigint is a number when a number can hold it, and an error when not', async () => {
      expect(await rows('select 9007199254740991::bigint as n')).toEqual([{ n: Number.MAX_SAFE_INTEGER }]);
      await expect(rows('select 9007199254740993::bigint as n')).rejects.toMatchObject({ failure: 'poison' });
    });

    test('each migration is applied once, also by two programs at once', async () => {
      const migrations = [
        migration('001_one', 'create table m1 (n int)'),
        migration('002_two', 'alter table m1 add x int'),
      ];
      const known = await rows('select name from schema_migration');
      const applied = await Promise.all([migrate(database.pool, migrations), migrate(database.pool, migrations)]);
      expect(applied.flat().toSorted()).toEqual(['001_one', '002_two']);
      expect(await migrate(database.pool, migrations)).toEqual([]);
      expect(await rows('select name from schema_migration')).toHaveLength(known.length + 2);
    });

    test('an edited migration is refused, and one that fails leaves nothing', async () => {
      await migrate(database.pool, [migration('001_edit', 'create table m2 (n int)')]);
      await expect(migrate(database.pool, [migration('001_edit', 'create table m2 (n text)')])).rejects.toMatchObject({
        code: 'EVENTBUS_POSTGRES_MIGRATION_CHANGED',
      });
      const broken = migration('002_broken', 'create table m3 (n int); create table m3 (n int)');
      await expect(migrate(database.pool, [broken])).rejects.toMatchObject({
        code: 'EVENTBUS_POSTGRES_MIGRATION_FAILED',
        message: expect.stringContaining('002_broken.sql'),
      });
      expect(await rows(`select to_regclass('m3') as found`)).toEqual([{ found: null }]);
    });

    test('columns travel as binary arrays without loss', async () => {
      const value = fc.record({
        time: fc.option(fc.integer({ min: -8e12, max: 9e12 })),
        id: fc.uuid(),
        whole: fc.option(fc.maxSafeInteger()),
        small: fc.option(fc.integer()),
        real: fc.option(fc.double()),
        text: fc.option(fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(value, { maxLength: 20 }), async (values) => {
          const { rows: found } = await database.pool.query(
            `select (extract(epoch from time) * 1000)::bigint as time, id::text, whole, small, real, text
             from unnest($1::timestamptz[], $2::uuid[], $3::bigint[], $4::integer[], $5::float8[], $6::text[])
               as r(time, id, whole, small, real, text)`,
            [
              timestamptzArray(values.map(({ time }) => time)),
              uuidArray(values.map(({ id }) => id)),
              int8Array(values.map(({ whole }) => whole)),
              int4Array(values.map(({ small }) => small)),
              float8Array(values.map(({ real }) => real)),
              textArray(values.map(({ text }) => text)),
            ],
          );
          expect(found).toEqual(values);
        }),
        { numRuns: 60 },
      );
    });

    test('two writers that need the same new partition at once both go on', async () => {
      await database.pool.query(
        'create table parted (time timestamptz) partition by range (time); create table parted_default partition of parted default',
      );
      const time = Date.UTC(2020, 5, 1);
      const writers = [1, 2, 3].map(() => new TimePartitions('parted', 'day').ensure(database.pool, [time]));
      await Promise.all(writers);
      await database.pool.query('insert into parted values ($1)', [new Date(time)]);
      expect(await rows('select tableoid::regclass::text as part from parted')).toEqual([{ part: 'parted_20200601' }]);
    });

    test('a day whose rows lie in the default partition stays there', async () => {
      await database.pool.query(
        `create table late (time timestamptz) partition by range (time); create table late_default partition of late default;
         insert into late values ('2020-06-01 12:00Z')`,
      );
      const days = [Date.UTC(2020, 5, 1, 13), Date.UTC(2020, 5, 2)];
      await new TimePartitions('late', 'day').ensure(database.pool, days);
      await database.pool.query(`insert into late values ('2020-06-01 13:00Z'), ('2020-06-02 13:00Z')`);
      const found = await rows(
        'select tableoid::regclass::text as part, count(*)::int from late group by 1 order by 1',
      );
      expect(found).toEqual([
        { part: 'late_20200602', count: 1 },
        { part: 'late_default', count: 2 },
      ]);
    });
  });
}

export function plainPostgresTests(): void {
  test('a database that nobody serves is an outage, not a fault of the record', async () => {
    const pool = makePool('postgres://postgres@127.0.0.1:1/postgres');
    await expect(inTransaction(pool, async () => 1)).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_UNAVAILABLE',
      failure: 'dependency',
    });
    await pool.end();
  });

  test('a database URL of another form is refused without telling its password', () => {
    expect(() => makePool('mysql://me:secret@db/x')).toThrow(/got "mysql:\/\/me:\*\*\*@db\/x".*postgres:\/\//);
  });

  test('migrations are read in order, with checksums that ignore line ends', async () => {
    const unix = folderOf({ '001_a.sql': 'select 1;\n', '002_b.sql': 'select 2;\n', 'notes.md': '' });
    const windows = folderOf({ '001_a.sql': 'select 1;\r\n', '002_b.sql': 'select 2;\r\n' });
    const read = await readMigrations(unix.url);
    expect(read.map(({ name }) => name)).toEqual(['001_a', '002_b']);
    expect(await readMigrations(windows.url)).toEqual(read);
    unix.remove();
    windows.remove();
  });

  test.each([
    ['a number twice', { '001_a.sql': '', '001_b.sql': '' }, '"001_b.sql" stands where 002_….sql belongs'],
    ['another form', { 'first.sql': '' }, '"first.sql" stands where 001_….sql belongs'],
  ])('migrations with %s are refused', async (_what, files, message) => {
    const folder = folderOf(files);
    await expect(readMigrations(folder.url)).rejects.toThrow(message);
    folder.remove();
  });

  test('an event is known by its own UUID in lower case, or by a UUID made of its id', () => {
    expect(storedEventId('6F0F0C6E-8F3A-5B0E-9D55-2B7F5A1C6E90')).toBe('6f0f0c6e-8f3a-5b0e-9d55-2b7f5a1c6e90');
    const made = storedEventId('orders/0/8');
    expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(storedEventId('orders/0/8')).toBe(made);
    expect(storedEventId('orders/0/9')).not.toBe(made);
  });
}
