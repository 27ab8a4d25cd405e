import { jest } from '@jest/globals';
import { outsideDatabase } from '../../make/postgres.ts';
import { inventoryCases } from './inventory-cases.ts';

jest.setTimeout(60_000);

inventoryCases('a PostgreSQL server', outsideDatabase);
