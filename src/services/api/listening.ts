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
  /** Ports behind it that are tried when it is taken. @default 0 */
  readonly portsToTry?: number;
  /** What the port is for, in messages: `the HTTP API`. */
  readonly name: string;
}

const closeWithinMs = 5_000;

/**
 * Lets a server listen.
 * @throws AppError EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function listening(server: Server, place: ListenPlace): Promise<ListeningServer> {
  const { host, port, portsToTry = 0, name } = place;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    if (portsToTry > 0 && port > 0 && port < 65_535) {
      return listening(server, { ...place, port: port + 1, portsToTry: portsToTry - 1 });
    }
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
