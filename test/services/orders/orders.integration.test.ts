import { jest } from '@jest/globals';
import { outsideDatabase } from '../../make/postgres.ts';
import { ordersCases } from './orders-cases.ts';

jest.setTimeout(60_000);

ordersCases('PostgreSQL', outsideDatabase);
