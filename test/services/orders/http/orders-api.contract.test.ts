import { jest } from '@jest/globals';
import { embeddedDatabase } from '../../../make/postgres.ts';
import { ordersApiCases } from './orders-api-cases.ts';

jest.setTimeout(60_000);

ordersApiCases('the embedded PostgreSQL', embeddedDatabase);
