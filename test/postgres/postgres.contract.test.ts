import { embeddedDatabase } from '../make/postgres.ts';
import { plainPostgresTests, postgresCases } from './postgres-cases.ts';

plainPostgresTests();
postgresCases('the embedded PostgreSQL', embeddedDatabase);
