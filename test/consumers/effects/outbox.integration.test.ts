import { outsideDatabase } from '../../make/postgres.ts';
import { outboxCases } from './outbox-cases.ts';

outboxCases('on PostgreSQL', outsideDatabase);
