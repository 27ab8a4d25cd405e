import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { requireSameLog } from '../../../src/local/platform/log-continuity.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';

const logEndingAt = (end: number) => ({
  listTopics: async () => [{ name: 'telemetry.raw.v1', partitions: [{ partition: 0, start: 0, end }] }],
});

describe('a database beside a log', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await embeddedDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await database.pool.query('delete from consumer_position');
    await database.pool.query(`insert into consumer_position values ('telemetry-cleaner', 'telemetry.raw.v1', 0, 10)`);
  });

  test('belongs to it while no position lies beyond its end', async () => {
    await expect(requireSameLog(database.url, logEndingAt(10), false)).resolves.toBeUndefined();
  });

  test('is refused when the log was deleted, with consumer, place and the way out', async () => {
    await expect(requireSameLog(database.url, logEndingAt(0), false)).rejects.toMatchObject({
      code: 'EVENTBUS_LOCAL_LOG_REPLACED',
      message: expect.stringMatching(
        /telemetry-cleaner stands at offset 10 of telemetry.raw.v1\/0.*--forget-positions/,
      ),
    });
  });

  test('is refused when the topic is gone', async () => {
    await expect(requireSameLog(database.url, { listTopics: async () => [] }, false)).rejects.toMatchObject({
      code: 'EVENTBUS_LOCAL_LOG_REPLACED',
    });
  });

  test('begins anew in those partitions when told to', async () => {
    await requireSameLog(database.url, logEndingAt(3), true);
    const { rows } = await database.pool.query('select * from consumer_position');
    expect(rows).toEqual([]);
  });
});
