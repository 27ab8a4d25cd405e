import { jest } from '@jest/globals';
import { embeddedDatabase } from '../../make/postgres.ts';
import { windowCases } from './window-cases.ts';

jest.setTimeout(60_000);

windowCases('the embedded PostgreSQL', embeddedDatabase, 25);
