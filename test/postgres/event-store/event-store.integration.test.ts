import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appendSql, appendValues } from '../../../src/postgres/event-store/append.ts';
import { logStart, makeEventStore } from '../../../src/postgres/event-store/event-store.ts';
import { outsideDatabase, type TestDatabase } from '../../make/postgres.ts';
import { allWith, appending, eventStoreCases } from './event-store-cases.ts';

eventStoreCases('on PostgreSQL', async () => {
  const database = await outsideDatabase();
  return { store: makeEventStore(database.pool), close: () => database.close() };
});

let database: TestDatabase;
beforeAll(async () => {
  database = await outsideDatabase();
});
afterAll(() => database.close());

// Needs two transactions at once, which the embedded engine runs one after the other.
test('no reader passes an event that is committed after one with a higher position', async () => {
  const store = makeEventStore(database.pool);
  const slow = await database.pool.connect();
  await slow.query('begin');
  await slow.query(appendSql, appendValues(appending('order-slow', 'slow')));
  await store.append(appending('order-fast', 'fast'));
  const before = await store.all(logStart, 10);
  await slow.query('commit');
  slow.release();
  const after = await allWith(store, 'order-fast', 1);
  expect(before).toEqual([]);
  expect(after.map(({ streamId }) => streamId)).toEqual(['order-slow', 'order-fast']);
});
