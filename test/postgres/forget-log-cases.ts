import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { storeLetters } from '../../src/consumers/dead-letter-processor/letter-table.ts';
import { makePostgresStateStore } from '../../src/consumers/keyed-state-store.ts';
import { forgetLog } from '../../src/postgres/forget-log.ts';
import { deadLetter } from '../make/dead-letters.ts';
import type { TestDatabase } from '../make/postgres.ts';

const at = { consumer: 'telemetry-cleaner', topic: 'telemetry.raw.v1', partition: 3 };

/** What leaving a log means, on any PostgreSQL. */
export function forgetLogCases(engine: string, open: () => Promise<TestDatabase>): void {
  describe(`a log that is left for another one, on ${engine}`, () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    const rows = async (sql: string) => (await database.pool.query<Record<string, unknown>>(sql)).rows;
    const letter = (code: string) =>
      storeLetters(database.pool, [{ letter: deadLetter(5, { code }), payloadKey: code }]);

    test('takes places and letters along, and leaves what is known about devices', async () => {
      const store = makePostgresStateStore(database.pool);
      const states = new Map([['van-7', { speed: 30 }]]);
      const skips = [{ offset: 999, item: -1, eventId: 'e', reason: 'duplicate', detail: null }] as const;
      await store.commit(at, { from: null, to: 1000, states, skips });
      await letter('EVENTBUS_CODEC_MALFORMED');

      expect(await forgetLog(database.pool, 'eu_central_1')).toEqual({
        schema: 'log_eu_central_1',
        rows: { redrive_letter: 0, dead_letter: 1, skipped_record: 1, consumer_position: 1 },
      });

      expect(await store.position(at)).toBeNull();
      expect(await store.states(at.consumer, ['van-7'])).toEqual(states);
      expect(await rows('select position from log_eu_central_1.consumer_position')).toEqual([{ position: 1000 }]);
    });

    test('lets a consumer begin below its old position, and a letter of the same place stand for another record', async () => {
      const store = makePostgresStateStore(database.pool);
      await store.commit(at, { from: null, to: 12, states: new Map(), skips: [] });
      expect(await store.position(at)).toBe(12);
      await letter('EVENTBUS_POSTGRES_DATA_REJECTED');
      expect(await rows('select code, attempts from dead_letter')).toEqual([
        { code: 'EVENTBUS_POSTGRES_DATA_REJECTED', attempts: deadLetter(5).attempts },
      ]);
      expect(await rows('select code from log_eu_central_1.dead_letter')).toEqual([
        { code: 'EVENTBUS_CODEC_MALFORMED' },
      ]);
    });

    test('is left once: a repeated call changes nothing of the log that is followed now', async () => {
      await expect(forgetLog(database.pool, 'eu_central_1')).rejects.toMatchObject({
        code: 'EVENTBUS_POSTGRES_DATA_REJECTED',
        message: expect.stringContaining('rows are in schema log_eu_central_1'),
      });
      expect(await rows('select position from consumer_position')).toEqual([{ position: 12 }]);
    });

    test.each(['eu-central-1', 'x; drop schema public', ''])('has no name such as "%s"', async (name) => {
      await expect(forgetLog(database.pool, name)).rejects.toThrow('cannot name a log');
    });
  });
}
