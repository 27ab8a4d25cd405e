import { jest } from '@jest/globals';
import { outsideDatabase } from '../../make/postgres.ts';
import { timeseriesCases } from './timeseries-cases.ts';

jest.setTimeout(60_000);

timeseriesCases('a PostgreSQL server', outsideDatabase);
