import { jest } from '@jest/globals';
import { outsideDatabase } from '../../make/postgres.ts';
import { outboxCases } from './outbox-cases.ts';

jest.setTimeout(60_000);

outboxCases('on PostgreSQL', outsideDatabase);
