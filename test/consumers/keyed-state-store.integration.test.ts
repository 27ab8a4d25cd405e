import { outsideDatabase } from '../make/postgres.ts';
import { keyedStateStoreCases } from './keyed-state-store-cases.ts';

keyedStateStoreCases('a PostgreSQL server', outsideDatabase);
