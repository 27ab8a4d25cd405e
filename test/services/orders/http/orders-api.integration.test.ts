import { outsideDatabase } from '../../../make/postgres.ts';
import { ordersApiCases } from './orders-api-cases.ts';

ordersApiCases('a PostgreSQL server', outsideDatabase);
