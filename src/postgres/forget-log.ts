import { AppError } from '../core/errors/app-error.ts';
import { inTransaction, type Pool } from './pool.ts';

/** Tables whose rows name records by their place in the log, in an order that their references allow. */
const placedTables = ['redrive_letter', 'dead_letter', 'skipped_record', 'consumer_position'] as const;

/** What was put aside, in rows a table. */
export interface ForgottenLog {
  /** Schema that the rows were moved to. */
  readonly schema: string;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Makes the database ready for another log than the one it has followed, as after a failover: the same topics have other
 * offsets there, so a stored position would pass over records that nobody has applied, and a letter would stand for
 * another record. The rows move to a schema of their own, all or none. States, readings and windows stay: they know events
 * by id, and what comes a second time does not count twice.
 * @param pool - signed in as the owner of the tables, with no consumer at work
 * @param log - name of the log that is left, for example `eu_central_1`; each name once, so that a repeated call does no harm
 * @throws AppError EVENTBUS_POSTGRES_DATA_REJECTED when the name cannot be used or was used before
 */
export async function forgetLog(pool: Pool, log: string): Promise<ForgottenLog> {
  if (!/^[a-z][a-z0-9_]{0,40}$/.test(log)) {
    throw new AppError('EVENTBUS_POSTGRES_DATA_REJECTED', `"${log}" cannot name a log: small letters, digits and _`);
  }
  const schema = `log_${log}`;
  return inTransaction(pool, async (client) => {
    const known = await client.query('select from pg_namespace where nspname = $1', [schema]);
    if (known.rows.length > 0) {
      const what = `log "${log}" was forgotten before: its rows are in schema ${schema}; give a log that is left again another name`;
      throw new AppError('EVENTBUS_POSTGRES_DATA_REJECTED', what);
    }
    await client.query(`create schema ${schema}`);
    const rows: Record<string, number> = {};
    for (const table of placedTables) {
      const kept = await client.query(`create table ${schema}.${table} as table ${table}`);
      rows[table] = kept.rowCount ?? 0;
    }
    for (const table of placedTables) await client.query(`delete from ${table}`);
    return { schema, rows };
  });
}
