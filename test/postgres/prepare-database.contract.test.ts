import { jest } from '@jest/globals';
import { embeddedDatabase } from '../make/postgres.ts';
import { prepareCases } from './prepare-cases.ts';

jest.setTimeout(60_000);

prepareCases('the embedded PostgreSQL', embeddedDatabase);
