import { describe, jest } from '@jest/globals';
import { embeddedDatabase } from '../../make/postgres.ts';
import { functionCases } from './function-cases.ts';
import { outboxCases } from './outbox-cases.ts';
import { sagaCases } from './saga-cases.ts';
import { shopForSuite } from './shop-under-test.ts';

jest.setTimeout(30_000);

describe('orders in the embedded PostgreSQL', () => {
  const shop = shopForSuite(embeddedDatabase);
  outboxCases(shop);
  sagaCases(shop);
  functionCases(shop);
});
