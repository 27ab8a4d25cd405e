import { outsideDatabase } from '../../make/postgres.ts';
import { windowCases } from './window-cases.ts';

windowCases('a PostgreSQL server', outsideDatabase, 60);
