import type { Logger } from 'pino';
import { makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { makePool } from '../../postgres/pool.ts';
import type { HttpApi } from '../../services/api/http-server.ts';
import { makeTokenVerifier } from '../../services/auth/token-verifier.ts';
import { makeIdempotency } from '../../services/orders/http/idempotency.ts';
import { makeOrdersApi } from '../../services/orders/http/orders-api.ts';
import { makeOrderCommands } from '../../services/orders/order-commands.ts';
import { makeOrderReads } from '../../services/orders/read/order-reads.ts';
import { serveOnFreePort } from '../api/free-port.ts';
import type { LocalTrust } from '../auth/local-issuer.ts';

export interface OrdersApiOptions {
  readonly host: string;
  /** The next free one is taken when another program has it; 0 takes any. */
  readonly port: number;
  readonly bootstrapServers: string;
  /** PostgreSQL URL. */
  readonly postgres: string;
  /** Whose tokens are believed. */
  readonly trust: LocalTrust;
  readonly log: Logger;
}

/** The shop's HTTP API of a bus on one machine: the handlers that API Gateway calls on AWS. */
export async function startOrdersApi(options: OrdersApiOptions): Promise<HttpApi> {
  const { bootstrapServers, log, postgres, trust } = options;
  const pool = makePool(postgres, {
    applicationName: 'event-bus-orders',
    max: 4,
    onIdleError: ({ code, message }) => log.warn({ code }, message),
  });
  const publisher = makePublisher({
    connection: { bootstrapServers },
    codec: makeCodec(),
    clientId: 'event-bus-orders',
  });
  const release = async () => {
    await publisher.close();
    await pool.end();
  };
  const api = makeOrdersApi({
    commands: makeOrderCommands({ pool, publisher }),
    reads: makeOrderReads({ pool }),
    idempotency: makeIdempotency({ pool }),
    tokens: makeTokenVerifier(trust),
    onFailure: (error, { method, path }) => {
      log.error({ method, path, code: error instanceof AppError ? error.code : undefined }, String(error));
    },
  });
  try {
    const server = await serveOnFreePort(api, options);
    return {
      url: server.url,
      close: async () => {
        await server.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}
