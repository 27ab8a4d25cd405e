import { embeddedDatabase } from '../../make/postgres.ts';
import { windowCases } from './window-cases.ts';

windowCases('the embedded PostgreSQL', embeddedDatabase, 25);
