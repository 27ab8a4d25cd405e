import { embeddedDatabase } from '../../make/postgres.ts';
import { outboxCases } from './outbox-cases.ts';

outboxCases('on the embedded PostgreSQL', embeddedDatabase);
