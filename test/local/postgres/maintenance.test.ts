import { expect, test } from '@jest/globals';
import { firstValue, startMaintenance } from '../../../src/local/postgres/maintenance.ts';
import { Turns } from '../../../src/local/postgres/turns.ts';
import { message, readyForQuery } from '../../../src/local/postgres/wire.ts';

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

test('a checkpoint follows 128 MB of log, and hot tables that exist are vacuumed one after another', async () => {
  const ran: string[] = [];
  let position = 0;
  const turns = new Turns((bytes, onData) => {
    const sql = Buffer.from(bytes).toString('utf8', 5, bytes.length - 1);
    ran.push(sql);
    if (sql.includes('pg_current_wal')) onData(dataRow(String(position)));
    if (sql.includes('to_regclass')) onData(dataRow(sql.includes('device') ? null : 'there'));
    onData(readyForQuery('I'));
  }, performance.now.bind(performance));
  const round = async () => {
    ran.length = 0;
    await maintenance.run();
    return ran.filter((sql) => /^(checkpoint|vacuum)/.test(sql));
  };
  const maintenance = startMaintenance(turns, () => undefined);
  expect(await round()).toEqual([]);
  position = 128 * 1024 * 1024;
  expect(await round()).toEqual(['checkpoint']);
  expect(await round()).toEqual([]);
  turns.unitsRun = 30_000;
  const vacuums: string[][] = [];
  for (let rounds = 0; rounds < 10; rounds += 1) vacuums.push(await round());
  expect(vacuums).toEqual([
    ['vacuum consumer_position'],
    ['vacuum consumer_state'],
    [],
    ['vacuum reading_window'],
    ['vacuum availability'],
    ['vacuum event_stream'],
    ['vacuum outbox'],
    ['vacuum outbox_lease'],
    ['vacuum saga_instance'],
    [],
  ]);
  maintenance.stop();
});
