import { describe } from '@jest/globals';
import { makeEventStore } from '../../../src/postgres/event-store/event-store.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';
import { eventStoreCases } from '../../postgres/event-store/event-store-cases.ts';
import { functionCases } from './function-cases.ts';
import { outboxCases } from './outbox-cases.ts';
import { sagaCases } from './saga-cases.ts';
import { setAsideCases } from './set-aside-cases.ts';
import { shopForSuite } from './shop-under-test.ts';

let opened: Promise<TestDatabase> | undefined;

/** One engine for all; the last suite closes it. */
function database(): Promise<TestDatabase> {
  opened ??= embeddedDatabase();
  return opened;
}

eventStoreCases('on the embedded PostgreSQL', async () => {
  const { pool } = await database();
  return { store: makeEventStore(pool), close: async () => {} };
});

describe('orders in the embedded PostgreSQL', () => {
  const shop = shopForSuite(database);
  outboxCases(shop);
  setAsideCases(shop);
  sagaCases(shop);
  functionCases(shop);
});
