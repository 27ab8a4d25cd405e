import { operationalDatabase } from '../src/catalogue/database.ts';
import { poolFromEnvironment } from '../src/postgres/connection.ts';
import { type PreparedDatabase, prepareDatabase } from '../src/postgres/prepare-database.ts';

/** Runs once a deployment, before any consumer of the new version; a failure ends the deployment. */
export async function handler(): Promise<PreparedDatabase> {
  const pool = poolFromEnvironment(process.env, { max: 1, applicationName: 'event-bus-migrate' });
  try {
    return await prepareDatabase(pool, operationalDatabase.application);
  } finally {
    await pool.end();
  }
}
