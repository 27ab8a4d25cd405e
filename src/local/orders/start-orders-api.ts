import { makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { type HttpApi, serveHttp } from '../../services/api/http-server.ts';
import { makeTokenVerifier } from '../../services/auth/token-verifier.ts';
import { makeIdempotency } from '../../services/orders/http/idempotency.ts';
import { makeOrdersApi } from '../../services/orders/http/orders-api.ts';
import { makeOrderCommands } from '../../services/orders/order-commands.ts';
import { makeOrderReads } from '../../services/orders/read/order-reads.ts';
import { type LocalServerOptions, localPool, portsToTry, releasing } from '../api/local-server.ts';

/** The shop's HTTP API of a bus on one machine: the handlers that API Gateway calls on AWS. */
export function startOrdersApi(options: LocalServerOptions): Promise<HttpApi> {
  const { host, port, bootstrapServers, log, trust } = options;
  const pool = localPool(options, { applicationName: 'event-bus-orders', max: 4 });
  const codec = makeCodec();
  const publisher = makePublisher({
    connection: { bootstrapServers },
    codec,
    clientId: 'event-bus-orders',
  });
  const release = async () => {
    await publisher.close();
    await pool.end();
  };
  const api = makeOrdersApi({
    commands: makeOrderCommands({ pool, publisher, codec }),
    reads: makeOrderReads({ pool }),
    idempotency: makeIdempotency({ pool }),
    tokens: makeTokenVerifier(trust),
    onFailure: (error, { method, path }) => {
      log.error({ method, path, code: error instanceof AppError ? error.code : undefined }, String(error));
    },
  });
  return releasing(release, () => serveHttp({ api, host, port, portsToTry }));
}
