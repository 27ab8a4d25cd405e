import { describe } from '@jest/globals';
import { outsideDatabase } from '../../make/postgres.ts';
import { functionCases } from './function-cases.ts';
import { outboxCases } from './outbox-cases.ts';
import { sagaCases } from './saga-cases.ts';
import { setAsideCases } from './set-aside-cases.ts';
import { shopForSuite } from './shop-under-test.ts';

describe('orders in PostgreSQL', () => {
  const shop = shopForSuite(outsideDatabase);
  outboxCases(shop);
  setAsideCases(shop);
  sagaCases(shop);
  functionCases(shop);
});
