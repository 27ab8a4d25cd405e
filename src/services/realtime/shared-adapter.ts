import { createAdapter } from '@socket.io/redis-streams-adapter';
import { createClient } from 'redis';
import type { ServerOptions } from 'socket.io';
import { AppError } from '../../core/errors/app-error.ts';
import type { RealtimeLog } from './realtime-log.ts';

/** What connects gateways with each other, for emits of servers: notices, ends of connections, revoked rooms. */
export interface SharedAdapter {
  readonly adapter: NonNullable<ServerOptions['adapter']>;
  close(): Promise<void>;
}

const connectWithinMs = 10_000;

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
  client.on('error', (error: unknown) => log.warn({ part: 'redis' }, `connection to Redis: ${String(error)}`));
  const timer = setTimeout(() => client.destroy(), connectWithinMs);
  try {
    await client.connect();
  } catch (cause) {
    const { host } = new URL(url);
    throw new AppError('EVENTBUS_REALTIME_SETTINGS_INVALID', `Redis at ${host} does not answer`, { cause });
  } finally {
    clearTimeout(timer);
  }
  return {
    adapter: createAdapter(client, { streamName: 'event-bus-realtime', maxLen: 10_000 }),
    close: async () => client.destroy(),
  };
}

const reconnectAfterMs = (attempts: number) => Math.min(100 * 2 ** attempts, 5_000);
