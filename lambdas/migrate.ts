import { operationalDatabase } from '../src/catalogue/database.ts';
import { poolFromEnvironment } from '../src/postgres/connection.ts';
import { type ForgottenLog, forgetLog } from '../src/postgres/forget-log.ts';
import { type PreparedDatabase, prepareDatabase } from '../src/postgres/prepare-database.ts';

/** Runs once a deployment, before any consumer of the new version; with the name of a log, when that log is left. */
export async function handler(event?: { readonly forgetLog?: string }): Promise<PreparedDatabase | ForgottenLog> {
  const pool = poolFromEnvironment(process.env, { max: 1, applicationName: 'event-bus-migrate' });
  try {
    const log = event?.forgetLog;
    return await (log === undefined ? prepareDatabase(pool, operationalDatabase.application) : forgetLog(pool, log));
  } finally {
    await pool.end();
  }
}
