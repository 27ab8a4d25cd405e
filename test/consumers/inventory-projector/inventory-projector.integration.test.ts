import { outsideDatabase } from '../../make/postgres.ts';
import { inventoryCases } from './inventory-cases.ts';

inventoryCases('a PostgreSQL server', outsideDatabase);
