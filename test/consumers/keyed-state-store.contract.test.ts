import { embeddedDatabase } from '../make/postgres.ts';
import { keyedStateStoreCases } from './keyed-state-store-cases.ts';

keyedStateStoreCases('the embedded PostgreSQL', embeddedDatabase);
