import { jest } from '@jest/globals';
import { outsideDatabase } from '../../make/postgres.ts';
import { projectorCases } from './projector-cases.ts';

jest.setTimeout(60_000);

projectorCases('a PostgreSQL server', outsideDatabase, 100);
