import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { paths } from '../../../src/local/postgres/data-folder.ts';
import { type Engine, openEngine } from '../../../src/local/postgres/engine.ts';
import { firstValue, type Maintenance, startMaintenance } from '../../../src/local/postgres/maintenance.ts';
import { Turns } from '../../../src/local/postgres/turns.ts';
import { message, readyForQuery } from '../../../src/local/postgres/wire.ts';
import { prepareMigratedDataDir } from '../../make/postgres.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

function dataRow(value: string | null): Buffer {
  const bytes = Buffer.from(value ?? '');
  const head = Buffer.alloc(6);
  head.writeInt16BE(1);
  head.writeInt32BE(value === null ? -1 : bytes.length, 2);
  return message('D', head, bytes);
}

test('the first value of an answer is found behind its description, and absent values are null', () => {
  const description = message('T', Buffer.from([0, 0]));
  expect(firstValue(Buffer.concat([description, dataRow('1024'), readyForQuery('I')]))).toBe('1024');
  expect(firstValue(Buffer.concat([dataRow(null), readyForQuery('I')]))).toBeNull();
  expect(firstValue(readyForQuery('I'))).toBeNull();
});

test('a checkpoint follows 128 MB of log; tables are looked for after some work, until none is left', async () => {
  const ran: string[] = [];
  let position = 0;
  let bloated = ['public.outbox', 'public."Odd"'];
  const turns = new Turns((bytes, onData) => {
    const sql = Buffer.from(bytes).toString('utf8', 5, bytes.length - 1);
    ran.push(sql);
    if (sql.includes('pg_current_wal')) onData(dataRow(String(position)));
    if (sql.includes('pg_stat_get_dead_tuples') && bloated[0] !== undefined) onData(dataRow(bloated[0]));
    if (sql.startsWith('vacuum')) bloated = bloated.slice(1);
    onData(readyForQuery('I'));
  }, performance.now.bind(performance));
  const round = async () => {
    ran.length = 0;
    await maintenance.run();
    return ran.filter((sql) => /^(checkpoint|vacuum)/.test(sql));
  };
  const maintenance = startMaintenance(turns, () => undefined);
  // Rounds come when the test asks for them, not by the timer.
  maintenance.stop();
  expect(await round()).toEqual([]);
  position = 128 * 1024 * 1024;
  expect(await round()).toEqual(['checkpoint']);
  expect(await round()).toEqual([]);
  turns.unitsRun = 30_000;
  const vacuums: string[][] = [];
  for (let rounds = 0; rounds < 3; rounds += 1) vacuums.push(await round());
  expect(vacuums).toEqual([['vacuum public.outbox'], ['vacuum public."Odd"'], []]);
  bloated = ['public.outbox'];
  expect(await round()).toEqual([]);
  turns.unitsRun += 2000;
  expect(await round()).toEqual(['vacuum public.outbox']);
});

describe('on the engine itself', () => {
  const folder = temporaryDirectory();
  let engine: Engine;
  let turns: Turns;
  let maintenance: Maintenance;
  beforeAll(async () => {
    await prepareMigratedDataDir(folder.path);
    engine = await openEngine({
      folder: paths(folder.path).data,
      onLog: () => undefined,
      onDeath: (reason) => {
        throw new Error(reason);
      },
    });
    turns = new Turns(engine.run, () => performance.now());
    maintenance = startMaintenance(turns, () => undefined);
    maintenance.stop();
  });
  afterAll(async () => {
    await engine.db.close();
    folder.remove();
  });

  function run(sql: string): Promise<string | null> {
    const answers: Buffer[] = [];
    return new Promise((resolve, reject) => {
      turns.enqueue(1, {
        bytes: message('Q', sql),
        write: (answer) => answers.push(answer),
        done: (error) => (error === null ? resolve(firstValue(Buffer.concat(answers))) : reject(error)),
      });
    });
  }
  const pagesOf = (table: string) => run(`select pg_relation_size('${table}') / 8192`);
  const vacuumsOf = (table: string) => run(`select pg_stat_get_vacuum_count('${table}'::regclass)`);

  test('every table with many dead rows is vacuumed, one a round, and no other one', async () => {
    await run(`insert into device (device_id) select 'd' || g from generate_series(1, 3000) g`);
    await run(
      `insert into fleet_vehicle (vehicle_id, vehicle_type, status, time, heard_at)
       select 'v' || g, 'van', 'PARKED', now(), now() from generate_series(1, 2000) g`,
    );
    await run(`update fleet_vehicle set time = now() + interval '1 second', heard_at = now() + interval '1 second'`);
    await run(`create schema other; create table other."Odd One" as select g as n from generate_series(1, 4000) g`);
    await run(`delete from other."Odd One" where n > 100`);
    // Too few to be worth it.
    await run(`update device set device_id = device_id || 'x' where device_id < 'd11'`);
    turns.unitsRun += 2000;
    await maintenance.run();
    expect(await vacuumsOf('other."Odd One"')).toBe('1');
    expect(await vacuumsOf('fleet_vehicle')).toBe('0');
    expect(await pagesOf('other."Odd One"')).toBe('1');
    await maintenance.run();
    expect(await vacuumsOf('fleet_vehicle')).toBe('1');
    await maintenance.run();
    await maintenance.run();
    const vacuumed = `select string_agg(relname || ' ' || vacuum_count, ', ' order by relname)
      from pg_stat_user_tables where vacuum_count > 0`;
    expect(await run(vacuumed)).toBe('Odd One 1, fleet_vehicle 1');
  });

  test('does nothing in the midst of a transaction of a client', async () => {
    await run('delete from fleet_vehicle');
    turns.unitsRun += 2000;
    await run('begin');
    let ended = false;
    const round = maintenance.run().then(() => {
      ended = true;
    });
    await run('select 1');
    expect(ended).toBe(false);
    await run('commit');
    await round;
    expect(await vacuumsOf('fleet_vehicle')).toBe('2');
    expect(await pagesOf('fleet_vehicle')).toBe('0');
  });
});
