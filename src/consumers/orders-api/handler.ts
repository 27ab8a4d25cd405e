import { AppError } from '../../core/errors/app-error.ts';
import { tellOfSetAside } from '../../postgres/set-aside.ts';
import { type GatewayHandler, makeGatewayHandler } from '../../services/api/gateway-handler.ts';
import { verifierFromEnvironment } from '../../services/auth/verifier-from-environment.ts';
import { makeIdempotency } from '../../services/orders/http/idempotency.ts';
import { makeOrdersApi } from '../../services/orders/http/orders-api.ts';
import { makeOrderCommands } from '../../services/orders/order-commands.ts';
import { makeOrderReads } from '../../services/orders/read/order-reads.ts';
import type { Environment, Runtime } from '../runtime.ts';

/** The shop's API as a function behind an HTTP API of API Gateway, payload format 2.0. */
export function makeOrdersApiHandler(
  { pool, publisher, codec, log }: Pick<Runtime, 'pool' | 'publisher' | 'codec' | 'log'>,
  env: Environment,
): GatewayHandler {
  return makeGatewayHandler(
    makeOrdersApi({
      commands: makeOrderCommands({ pool, publisher, codec, onSetAside: tellOfSetAside(log) }),
      reads: makeOrderReads({ pool }),
      idempotency: makeIdempotency({ pool }),
      tokens: verifierFromEnvironment(env),
      onFailure: (error, { method, path }) => {
        log.error({ method, path, code: error instanceof AppError ? error.code : undefined }, String(error));
      },
    }),
  );
}
