import { outsideDatabase } from '../../make/postgres.ts';
import { projectorCases } from './projector-cases.ts';

projectorCases('a PostgreSQL server', outsideDatabase, 100);
