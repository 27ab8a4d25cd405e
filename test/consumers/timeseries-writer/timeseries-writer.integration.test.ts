import { outsideDatabase } from '../../make/postgres.ts';
import { timeseriesCases } from './timeseries-cases.ts';

timeseriesCases('a PostgreSQL server', outsideDatabase);
