import { jest } from '@jest/globals';
import { embeddedDatabase } from '../make/postgres.ts';
import { keyedStateStoreCases } from './keyed-state-store-cases.ts';

jest.setTimeout(60_000);

keyedStateStoreCases('the embedded PostgreSQL', embeddedDatabase);
