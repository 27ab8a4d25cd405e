import { jest } from '@jest/globals';
import { embeddedDatabase } from '../../make/postgres.ts';
import { outboxCases } from './outbox-cases.ts';

jest.setTimeout(30_000);

outboxCases('on the embedded PostgreSQL', embeddedDatabase);
