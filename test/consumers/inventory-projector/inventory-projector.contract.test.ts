import { embeddedDatabase } from '../../make/postgres.ts';
import { inventoryCases } from './inventory-cases.ts';

inventoryCases('the embedded PostgreSQL', embeddedDatabase);
