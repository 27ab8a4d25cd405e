import { environment } from '../catalogue/environment.ts';
import { AppError } from '../core/errors/app-error.ts';
import { endpointsFile, readEndpoints } from '../local/platform/endpoints.ts';
import { makePool, type Pool, type PoolOptions } from '../postgres/pool.ts';
import type { DatabaseFlags } from './connection-options.ts';

/** The database that a flag names, else the environment, else that of the bus on this machine. */
export function databaseUrl(flags: DatabaseFlags) {
  const named = flags.postgres ?? process.env[environment.databaseUrl];
  const url = named ?? readEndpoints(flags.dataDir).postgres;
  return { url, named: named !== undefined };
}

/**
 * Runs `work` with connections to the database that the flags name; nothing is connected before it is used.
 * @throws AppError EVENTBUS_CLI_BUS_STOPPED when the bus on this machine does not answer
 */
export async function withDatabase<T>(
  flags: DatabaseFlags,
  options: Pick<PoolOptions, 'applicationName' | 'max'>,
  work: (pool: Pool) => Promise<T>,
): Promise<T> {
  const { url, named } = databaseUrl(flags);
  const pool = makePool(url, options);
  try {
    return await work(pool);
  } catch (error) {
    const away = error instanceof AppError && error.code === 'EVENTBUS_POSTGRES_UNAVAILABLE';
    if (!away || named) throw error;
    const what = `PostgreSQL does not answer at ${url} (from ${endpointsFile(flags.dataDir)}, or the default)`;
    throw new AppError('EVENTBUS_CLI_BUS_STOPPED', what, { cause: error });
  } finally {
    await pool.end();
  }
}
