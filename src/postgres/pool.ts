import {
  type CustomTypesConfig,
  Pool as PgPool,
  type PoolClient as PgPoolClient,
  type PoolConfig,
  types as pgTypes,
} from 'pg';
import { AppError } from '../core/errors/app-error.ts';
import { connectionError, databaseError, isDatabaseFailure } from './database-error.ts';

export type Pool = PgPool;
export type PoolClient = PgPoolClient;

export interface PoolOptions {
  /**
   * Connections at most.
   * @default 2
   */
  readonly max?: number;
  /**
   * How long a new connection may take, ms.
   * @default 5000
   */
  readonly connectTimeoutMs?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName?: string;
  /** Told when an idle connection breaks; the pool replaces it on the next use. */
  readonly onIdleError?: (error: AppError) => void;
  /**
   * Signs in with passwords of short life over TLS that verifies the server.
   * @default - the URL's password, and TLS as the URL says
   */
  readonly signIn?: SignIn;
}

/** A way in without a password in the URL. */
export interface SignIn {
  /** Asked with every new connection, and never kept. */
  readonly password: (login: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
  }) => Promise<string>;
  /**
   * PEM text of the authority that signed the server's certificate.
   * @default - the authorities that Node knows
   */
  readonly ca?: string;
}

const int8 = pgTypes.builtins.INT8;

function exactNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new AppError('EVENTBUS_POSTGRES_DATA_REJECTED', `bigint ${text} has no exact JavaScript number`);
  }
  return value;
}

/** `bigint` columns (offsets, counts) arrive as numbers; everything else as pg gives it. */
const types: CustomTypesConfig = {
  getTypeParser: (id: Parameters<typeof pgTypes.getTypeParser>[0], format?: 'text' | 'binary'): unknown =>
    id === int8 && format !== 'binary' ? exactNumber : pgTypes.getTypeParser(id, format),
};

/**
 * A pool of connections to Aurora, any PostgreSQL, or the embedded one; nothing connects before the first use.
 * Close with `end()`.
 * @param url - `postgres://USER:PASSWORD@HOST:PORT/DATABASE`
 * @throws AppError EVENTBUS_POSTGRES_URL_INVALID
 */
export function makePool(url: string, options: PoolOptions = {}): Pool {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new AppError('EVENTBUS_POSTGRES_URL_INVALID', `got "${url.replace(/:[^:@/]*@/, ':***@')}"`);
  }
  const pool = new PgPool({
    ...(options.signIn === undefined
      ? { connectionString: url, pipeline: true }
      : signedIn(new URL(url), options.signIn)),
    max: options.max ?? 2,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
    idleTimeoutMillis: 60_000,
    application_name: options.applicationName ?? 'event-bus',
    keepAlive: true,
    allowExitOnIdle: true,
    types,
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', (error) => options.onIdleError?.(databaseError(error)));
  return pool;
}

/**
 * Settings for a server in the cloud, behind a proxy as a rule. The URL is taken apart, because the driver lets a URL
 * override everything else, an empty password included. Statements are not sent ahead of their predecessors' answers:
 * nothing says that the proxy passes them on while it looks for a server connection.
 */
function signedIn(url: URL, { password, ca }: SignIn): PoolConfig {
  const host = url.hostname;
  const port = Number(url.port === '' ? 5432 : url.port);
  const user = decodeURIComponent(url.username);
  return {
    host,
    port,
    user,
    database: decodeURIComponent(url.pathname.slice(1)),
    password: () => password({ host, port, user }),
    ssl: { rejectUnauthorized: true, servername: host, ...(ca === undefined ? {} : { ca }) },
    pipeline: false,
  };
}

/** Runs `work` on one connection of the pool; the database's failures come out as coded errors, `work`'s own unchanged. */
export async function onConnection<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw connectionError(error);
  });
  let broken: AppError | undefined;
  // A connection that breaks between two statements reports it here and not to the caller.
  const onError = (error: Error) => {
    broken = databaseError(error);
  };
  client.on('error', onError);
  try {
    return await work(client);
  } catch (error) {
    if (!isDatabaseFailure(error)) throw error;
    const coded = databaseError(error);
    if (coded.code === 'EVENTBUS_POSTGRES_UNAVAILABLE') broken = coded;
    throw coded;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. All effects are durable
 * when the promise resolves.
 * @throws AppError of the area POSTGRES, or what `work` throws when it is an AppError already
 */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  return onConnection(pool, async (client) => {
    // Sent ahead of the first statement of `work`, in the same packet as a rule.
    const begun = client.query('begin');
    begun.catch(() => undefined);
    try {
      const result = await work(client);
      await begun;
      const { command } = await client.query('commit');
      // So PostgreSQL answers when a statement failed and `work` did not pass the failure on.
      if (command !== 'COMMIT') throw new AppError('EVENTBUS_POSTGRES_STATEMENT_FAILED', `commit became ${command}`);
      return result;
    } catch (error) {
      // The first failure is the one to tell; a rollback that fails too means that the connection is gone.
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  });
}
