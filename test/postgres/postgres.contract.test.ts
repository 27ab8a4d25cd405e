import { jest } from '@jest/globals';
import { embeddedDatabase } from '../make/postgres.ts';
import { plainPostgresTests, postgresCases } from './postgres-cases.ts';

jest.setTimeout(60_000);

plainPostgresTests();
postgresCases('the embedded PostgreSQL', embeddedDatabase);
