import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../core/errors/app-error.ts';

/** A server that accepts requests. */
export interface ListeningServer {
  /** `http://127.0.0.1:8090` */
  readonly url: string;
  /** Answers what is under way, then stops. */
  close(): Promise<void>;
}

export interface ListenPlace {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** What the port is for, in messages: `the HTTP API`. */
  readonly name: string;
}

const closeWithinMs = 5_000;

/**
 * Lets a server listen.
 * @throws AppError EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function listening(server: Server, { host, port, name }: ListenPlace): Promise<ListeningServer> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    throw new AppError('EVENTBUS_LOCAL_PORT_TAKEN', `port ${port} of ${name} (${code})`, { cause });
  }
  const { address, port: taken, family } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`, close: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const forced = setTimeout(() => server.closeAllConnections(), closeWithinMs);
  await ended;
  clearTimeout(forced);
}
