import { jest } from '@jest/globals';
import { outsideDatabase } from '../../../make/postgres.ts';
import { ordersApiCases } from './orders-api-cases.ts';

jest.setTimeout(60_000);

ordersApiCases('a PostgreSQL server', outsideDatabase);
