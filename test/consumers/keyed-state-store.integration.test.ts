import { jest } from '@jest/globals';
import { outsideDatabase } from '../make/postgres.ts';
import { keyedStateStoreCases } from './keyed-state-store-cases.ts';

jest.setTimeout(60_000);

keyedStateStoreCases('a PostgreSQL server', outsideDatabase);
