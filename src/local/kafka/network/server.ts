import { createServer, type Server, type Socket } from 'node:net';
import { AppError } from '../../../core/errors/app-error.ts';
import type { BrokerParts } from '../context.ts';
import { type Address, Connection } from './connection.ts';

export interface Listening {
  readonly port: number;
  /** Closes the port and every connection. */
  close(): Promise<void>;
}

export interface ListenOptions extends Address {
  /** What clients are told to connect to, when it is not the address they used. */
  readonly advertised?: Address | undefined;
}

/** Accepts Kafka clients. */
export async function listen(broker: BrokerParts, options: ListenOptions): Promise<Listening> {
  const open = new Set<Connection>();
  const server = createServer({ noDelay: true }, (socket) => accept(socket));
  const port = await bind(server, options);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of open) connection.close();
      }),
  };

  function accept(socket: Socket): void {
    const { maxConnections } = broker.settings;
    if (open.size >= maxConnections) {
      const details = { client: socket.remoteAddress ?? 'unknown', maxConnections };
      const message = `${open.size} connections are open`;
      broker.log({ level: 'warn', code: 'EVENTBUS_BROKER_TOO_MANY_CONNECTIONS', message, details });
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, broker, options.advertised);
    open.add(connection);
    socket.on('close', () => open.delete(connection));
  }
}

function bind(server: Server, { host, port }: Address): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, { host, port })));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function bindError(error: NodeJS.ErrnoException, { host, port }: Address): AppError {
  const code = error.code === 'EADDRINUSE' ? 'EVENTBUS_BROKER_PORT_TAKEN' : 'EVENTBUS_BROKER_ADDRESS_INVALID';
  return new AppError(code, `${host}:${port} (${error.message})`, { cause: error, details: { host, port } });
}
