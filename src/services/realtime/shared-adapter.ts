import { createAdapter } from '@socket.io/redis-streams-adapter';
import { createClient, createCluster } from 'redis';
import type { ServerOptions } from 'socket.io';
import { AppError } from '../../core/errors/app-error.ts';
import type { AwsCredentials } from '../../kafka/aws-credentials.ts';
import { cacheToken } from './cache-token.ts';
import type { RealtimeLog } from './realtime-log.ts';
import type { SharedCache } from './realtime-settings.ts';

/** What connects gateways with each other, for emits of servers: notices, ends of connections, revoked rooms. */
export interface SharedAdapter {
  readonly adapter: NonNullable<ServerOptions['adapter']>;
  close(): Promise<void>;
}

const connectWithinMs = 10_000;
const streams = { streamName: 'event-bus-realtime', maxLen: 10_000 };

/**
 * The Redis streams adapter on Redis or Valkey. Events of the log do not pass through it; while it is away they go on.
 *
 * @param url - `redis://HOST:PORT` or `rediss://…`
 * @throws AppError EVENTBUS_REALTIME_SETTINGS_INVALID when the address is none or cannot be reached at the start
 */
export async function connectSharedAdapter(url: string, log: RealtimeLog): Promise<SharedAdapter> {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new AppError('EVENTBUS_REALTIME_SETTINGS_INVALID', 'the address of Redis must be redis://HOST:PORT');
  }
  const client = createClient({
    url,
    socket: { connectTimeout: connectWithinMs, reconnectStrategy: reconnectAfterMs },
  });
  await connected(client, new URL(url).host, log);
  return { adapter: createAdapter(client, streams), close: async () => client.destroy() };
}

/**
 * The same on ElastiCache Serverless: TLS, cluster mode, and a new token of the task's role for every connection.
 *
 * @throws AppError EVENTBUS_REALTIME_SETTINGS_INVALID when it cannot be reached at the start
 */
export async function connectElastiCache(
  cache: Extract<SharedCache, { readonly kind: 'elasticache' }>,
  credentials: () => Promise<AwsCredentials>,
  log: RealtimeLog,
): Promise<SharedAdapter> {
  const cluster = createCluster({
    rootNodes: [{ url: `rediss://${cache.endpoint}` }],
    defaults: {
      socket: { tls: true, connectTimeout: connectWithinMs, reconnectStrategy: reconnectAfterMs },
      credentialsProvider: {
        type: 'async-credentials-provider',
        credentials: async () => ({
          username: cache.user,
          password: cacheToken(cache, await credentials(), new Date()),
        }),
      },
    },
  });
  await connected(cluster, cache.endpoint, log);
  return { adapter: createAdapter(cluster, streams), close: async () => cluster.destroy() };
}

interface Connectable {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

async function connected(client: Connectable, host: string, log: RealtimeLog): Promise<void> {
  client.on('error', (error) => log.warn({ part: 'redis' }, `connection to Redis: ${String(error)}`));
  const timer = setTimeout(() => client.destroy(), connectWithinMs);
  try {
    await client.connect();
  } catch (cause) {
    throw new AppError('EVENTBUS_REALTIME_SETTINGS_INVALID', `Redis at ${host} does not answer`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

const reconnectAfterMs = (attempts: number) => Math.min(100 * 2 ** attempts, 5_000);
