import { jest } from '@jest/globals';
import { embeddedDatabase } from '../make/postgres.ts';
import { forgetLogCases } from './forget-log-cases.ts';

jest.setTimeout(60_000);

forgetLogCases('the embedded PostgreSQL', embeddedDatabase);
