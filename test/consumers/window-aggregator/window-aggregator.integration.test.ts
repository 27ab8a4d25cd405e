import { jest } from '@jest/globals';
import { outsideDatabase } from '../../make/postgres.ts';
import { windowCases } from './window-cases.ts';

jest.setTimeout(60_000);

windowCases('a PostgreSQL server', outsideDatabase, 60);
