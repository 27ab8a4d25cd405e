import { embeddedDatabase } from '../make/postgres.ts';
import { forgetLogCases } from './forget-log-cases.ts';

forgetLogCases('the embedded PostgreSQL', embeddedDatabase);
