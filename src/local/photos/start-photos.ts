import type { Logger } from 'pino';
import { makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { makeFolderObjectStore } from '../../ports/object-store/object-store.folder.ts';
import { makePool } from '../../postgres/pool.ts';
import type { ListeningServer } from '../../services/api/listening.ts';
import { makeTokenVerifier } from '../../services/auth/token-verifier.ts';
import { loadPage } from '../../services/photos/page.ts';
import { type PhotoServiceOptions, startPhotoService } from '../../services/photos/photo-service.ts';
import type { LocalIssuer } from '../auth/local-issuer.ts';

export interface PhotosOptions {
  readonly host: string;
  /** The next free one is taken when another program has it; 0 takes any. */
  readonly port: number;
  readonly bootstrapServers: string;
  /** PostgreSQL URL. */
  readonly postgres: string;
  /** Folder of the objects. */
  readonly objects: string;
  /** Whose tokens are believed, and who signs the page's users in. */
  readonly issuer: LocalIssuer;
  /** The realtime gateway that the page connects to. */
  readonly realtimeUrl: string;
  readonly log: Logger;
}

const portsToTry = 20;
const hourMs = 3_600_000;

/** Where only programs of this machine can call. */
const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);

/**
 * The photo example of a bus on one machine: uploads, lists, thumbnails and the page. On loopback, and only there, the page
 * signs anybody in under any name.
 */
export async function startPhotos(options: PhotosOptions): Promise<ListeningServer> {
  const { bootstrapServers, issuer, log } = options;
  const pool = makePool(options.postgres, {
    applicationName: 'event-bus-photos',
    max: 2,
    onIdleError: ({ code, message }) => log.warn({ code }, message),
  });
  const demoToken = (user: string) => issuer.issue({ user, roles: [], lifetimeMs: hourMs });
  const publisher = makePublisher({ connection: { bootstrapServers }, codec: makeCodec(), clientId: 'photos' });
  const release = async () => {
    await publisher.close();
    await pool.end();
  };
  try {
    const server = await onFreePort({
      host: options.host,
      port: options.port,
      verifier: makeTokenVerifier(issuer.trust),
      objects: makeFolderObjectStore({ directory: options.objects }),
      pool,
      publisher,
      page: await loadPage(options.realtimeUrl),
      ...(isLoopback(options.host) ? { demoToken } : {}),
      clock: Date.now,
      onFailure: (error, request) => {
        log.error({ request, code: error instanceof AppError ? error.code : undefined }, String(error));
      },
    });
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

async function onFreePort(options: PhotoServiceOptions): Promise<ListeningServer> {
  const { port } = options;
  for (let next = port; ; next += 1) {
    try {
      return await startPhotoService({ ...options, port: next });
    } catch (error) {
      const taken = error instanceof AppError && error.code === 'EVENTBUS_LOCAL_PORT_TAKEN';
      if (!taken || port === 0 || next >= port + portsToTry || next >= 65_535) throw error;
    }
  }
}
