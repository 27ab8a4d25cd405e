import { jest } from '@jest/globals';
import { outsideDatabase } from '../make/postgres.ts';
import { postgresCases } from './postgres-cases.ts';

jest.setTimeout(60_000);

postgresCases('a PostgreSQL server', outsideDatabase);
