import { embeddedDatabase } from '../../make/postgres.ts';
import { timeseriesCases } from './timeseries-cases.ts';

timeseriesCases('the embedded PostgreSQL', embeddedDatabase);
