import { jest } from '@jest/globals';
import { embeddedDatabase } from '../../make/postgres.ts';
import { timeseriesCases } from './timeseries-cases.ts';

jest.setTimeout(60_000);

timeseriesCases('the embedded PostgreSQL', embeddedDatabase);
