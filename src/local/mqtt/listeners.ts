import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { AppError } from '../../core/errors/app-error.ts';

/** PEM texts of a server that asks its clients for certificates. */
export interface ServerCertificates {
  /** Authority that signs clients' certificates. */
  readonly ca: string;
  readonly key: string;
  readonly certificate: string;
}

export interface Listener {
  readonly port: number;
  /** Stops accepting; resolves when the last connection has ended. */
  close(): Promise<void>;
  /** Waits until what was written to the clients has left, at most a second. */
  flush(): Promise<void>;
  /** Ends every connection, also those whose handshake is under way. */
  endConnections(): void;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  readonly onSocket: (socket: Socket) => void;
  readonly onRefused: (error: AppError, remote: string | undefined) => void;
}

/** Plain TCP; only for loopback, where a client id is taken on trust. */
export function listenPlain(options: ListenOptions): Promise<Listener> {
  const server = createServer({ noDelay: true }, options.onSocket);
  return listen(server, options);
}

/** TLS with client certificates; a client without a certificate of the authority fails the handshake. */
export function listenTls(certificates: ServerCertificates, options: ListenOptions): Promise<Listener> {
  const server = createTlsServer(
    {
      ca: certificates.ca,
      key: certificates.key,
      cert: certificates.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      handshakeTimeout: 10_000,
      noDelay: true,
    },
    options.onSocket,
  );
  server.on('tlsClientError', (cause: Error & { readonly reason?: string }, socket: TLSSocket) => {
    const remote = socket.remoteAddress;
    // A certificate that does not verify ends the handshake as "socket hang up"; the reason stands on the socket.
    const reason = socket.authorizationError ?? cause.reason ?? cause.message;
    options.onRefused(new AppError('EVENTBUS_INGEST_TLS_FAILED', String(reason), { cause }), remote);
    socket.destroy();
  });
  return listen(server, options);
}

async function listen(server: Server, options: ListenOptions): Promise<Listener> {
  server.maxConnections = options.maxConnections;
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', ignoreNetworkError);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('drop', (data) => {
    const what = `${options.maxConnections} connections on port ${options.port} are the limit`;
    options.onRefused(new AppError('EVENTBUS_INGEST_CONNECTION_LIMIT', what), data?.remoteAddress);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, options)));
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
    flush: async () => {
      for (let round = 0; round < 100; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        if ([...sockets].every((socket) => socket.writableLength === 0)) return;
      }
    },
    endConnections: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A connection that breaks ends; its session notices by itself. */
function ignoreNetworkError(): void {}

function listenError(cause: NodeJS.ErrnoException, options: ListenOptions): Error {
  if (cause.code !== 'EADDRINUSE') return cause;
  return new AppError('EVENTBUS_LOCAL_PORT_TAKEN', `MQTT on ${options.host}:${options.port}`, { cause });
}
