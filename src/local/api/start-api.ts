import type { Logger } from 'pino';
import { makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { makeFolderObjectStore } from '../../ports/object-store/object-store.folder.ts';
import { makePool } from '../../postgres/pool.ts';
import { type HttpApi, serveHttp } from '../../services/api/http-server.ts';
import { type Api, makeApi } from '../../services/api/router.ts';
import { deadLetterRoutes } from '../../services/dead-letters/api-routes.ts';
import { makeBackgroundRedrives } from '../../services/dead-letters/background-redrives.ts';
import { makeDeadLetterDesk } from '../../services/dead-letters/dead-letter-desk.ts';
import { makeRedriveLog } from '../../services/dead-letters/log-facts.ts';

export interface ApiOptions {
  readonly host: string;
  /** The next free one is taken when another program has it; 0 takes any. */
  readonly port: number;
  readonly bootstrapServers: string;
  /** PostgreSQL URL. */
  readonly postgres: string;
  /** Folder of the objects. */
  readonly objects: string;
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
  const api = makeApi({
    routes: deadLetterRoutes(desk, background),
    onFailure: (error, { method, path }) => log.error({ method, path, code: codeOf(error) }, String(error)),
  });
  const release = async () => {
    await background.close();
    await publisher.close();
    await pool.end();
  };
  try {
    const server = await servedOnFreePort(api, options);
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

const portsToTry = 20;

async function servedOnFreePort(api: Api, { host, port }: ApiOptions): Promise<HttpApi> {
  for (let next = port; ; next += 1) {
    try {
      return await serveHttp({ api, host, port: next });
    } catch (error) {
      const taken = error instanceof AppError && error.code === 'EVENTBUS_LOCAL_PORT_TAKEN';
      if (!taken || port === 0 || next >= port + portsToTry || next >= 65_535) throw error;
    }
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof AppError ? error.code : undefined;
}
