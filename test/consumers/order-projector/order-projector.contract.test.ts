import { embeddedDatabase } from '../../make/postgres.ts';
import { projectorCases } from './projector-cases.ts';

projectorCases('the embedded PostgreSQL', embeddedDatabase, 10);
