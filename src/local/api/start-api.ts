import { randomUUID } from 'node:crypto';
import { makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { makeFolderObjectStore } from '../../ports/object-store/object-store.folder.ts';
import { type HttpApi, serveHttp } from '../../services/api/http-server.ts';
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
import { type LocalServerOptions, localPool, portsToTry, releasing } from './local-server.ts';

export interface ApiOptions extends LocalServerOptions {
  /** Folder of the objects. */
  readonly objects: string;
}

/** The HTTP API of a bus on one machine. */
export function startApi(options: ApiOptions): Promise<HttpApi> {
  const { host, port, bootstrapServers, log } = options;
  const connection = { bootstrapServers };
  const codec = makeCodec();
  const pool = localPool(options, { applicationName: 'event-bus-api', max: 4 });
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
  return releasing(release, () => serveHttp({ api, host, port, portsToTry }));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof AppError ? error.code : undefined;
}
