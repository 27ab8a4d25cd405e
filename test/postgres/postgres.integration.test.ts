import { outsideDatabase } from '../make/postgres.ts';
import { postgresCases } from './postgres-cases.ts';

postgresCases('a PostgreSQL server', outsideDatabase);
