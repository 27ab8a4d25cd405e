import { outsideDatabase } from '../make/postgres.ts';
import { prepareCases } from './prepare-cases.ts';

prepareCases('a PostgreSQL server', outsideDatabase);
