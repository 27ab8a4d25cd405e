import { jest } from '@jest/globals';
import { embeddedDatabase } from '../../make/postgres.ts';
import { ordersCases } from './orders-cases.ts';

jest.setTimeout(30_000);

ordersCases('the embedded PostgreSQL', embeddedDatabase);
