import { jest } from '@jest/globals';
import { embeddedDatabase } from '../../make/postgres.ts';
import { projectorCases } from './projector-cases.ts';

jest.setTimeout(60_000);

projectorCases('the embedded PostgreSQL', embeddedDatabase, 10);
