import { jest } from '@jest/globals';
import { outsideDatabase } from '../make/postgres.ts';
import { prepareCases } from './prepare-cases.ts';

jest.setTimeout(60_000);

prepareCases('a PostgreSQL server', outsideDatabase);
