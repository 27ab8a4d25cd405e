import { embeddedDatabase } from '../make/postgres.ts';
import { prepareCases } from './prepare-cases.ts';

prepareCases('the embedded PostgreSQL', embeddedDatabase);
