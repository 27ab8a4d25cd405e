import { jest } from '@jest/globals';
import { embeddedDatabase } from '../../make/postgres.ts';
import { inventoryCases } from './inventory-cases.ts';

jest.setTimeout(60_000);

inventoryCases('the embedded PostgreSQL', embeddedDatabase);
