import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { makeFolderObjectStore } from '../../ports/object-store/object-store.folder.ts';
import { makePool } from '../../postgres/pool.ts';
import type { HttpApi } from '../../services/api/http-server.ts';
import { makeApi } from '../../services/api/router.ts';
import { makeTokenVerifier } from '../../services/auth/token-verifier.ts';
import { deadLetterRoutes } from '../../services/dead-letters/api-routes.ts';
import { makeBackgroundRedrives } from '../../services/dead-letters/background-redrives.ts';
import { makeDeadLetterDesk } from '../../services/dead-letters/dead-letter-desk.ts';
import { makeRedriveLog } from '../../services/dead-letters/log-facts.ts';
import { makeFleetDesk } from '../../services/fleet/fleet-desk.ts';
import { fleetRoutes } from '../../services/fleet/fleet-routes.ts';
import { mobilityRoutes } from '../../services/mobility/api-routes.ts';
import { makeAvailabilityQueries } from '../../services/mobility/availability-queries.ts';
import type { LocalTrust } from '../auth/local-issuer.ts';
import { serveOnFreePort } from './free-port.ts';

export interface ApiOptions {
  readonly host: string;
  /** The next free one is taken when another program has it; 0 takes any. */
  readonly port: number;
  readonly bootstrapServers: string;
  /** PostgreSQL URL. */
  readonly postgres: string;
  /** Folder of the objects. */
  readonly objects: string;
  /** Whose tokens are believed, where a caller shows one. */
  readonly trust: LocalTrust;
  readonly log: Logger;
}

/** The HTTP API of a bus on one machine. */
export async function startApi(options: ApiOptions): Promise<HttpApi> {
  const { bootstrapServers, log } = options;
  const connection = { bootstrapServers };
  const codec = makeCodec();
  const pool = makePool(options.postgres, {
    applicationName: 'event-bus-api',
    max: 4,
    onIdleError: ({ code, message }) => log.warn({ code }, message),
  });
  const publisher = makePublisher({ connection, codec, clientId: 'event-bus-api' });
  const objects = makeFolderObjectStore({ directory: options.objects });
  const desk = makeDeadLetterDesk({ pool, codec, objects, publisher, log: makeRedriveLog(connection) });
  const background = makeBackgroundRedrives(desk, (error, redriveId) => {
    log.error({ redriveId, code: codeOf(error) }, `redrive paused: ${String(error)}`);
  });
  const fleet = makeFleetDesk({ pool, publisher, newUuid: randomUUID, now: Date.now });
  const api = makeApi({
    routes: [
      ...deadLetterRoutes(desk, background),
      ...fleetRoutes(fleet, makeTokenVerifier(options.trust)),
      ...mobilityRoutes(makeAvailabilityQueries(pool)),
    ],
    onFailure: (error, { method, path }) => log.error({ method, path, code: codeOf(error) }, String(error)),
  });
  const release = async () => {
    await background.close();
    await publisher.close();
    await pool.end();
  };
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

function codeOf(error: unknown): string | undefined {
  return error instanceof AppError ? error.code : undefined;
}
