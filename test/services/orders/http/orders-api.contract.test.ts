import { embeddedDatabase } from '../../../make/postgres.ts';
import { ordersApiCases } from './orders-api-cases.ts';

ordersApiCases('the embedded PostgreSQL', embeddedDatabase);
