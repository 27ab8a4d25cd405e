import { makeCodec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { makeFolderObjectStore } from '../../ports/object-store/object-store.folder.ts';
import type { ListeningServer } from '../../services/api/listening.ts';
import { makeTokenVerifier } from '../../services/auth/token-verifier.ts';
import { loadPage } from '../../services/photos/page.ts';
import { startPhotoService } from '../../services/photos/photo-service.ts';
import { type LocalServerOptions, localPool, portsToTry, releasing } from '../api/local-server.ts';
import type { LocalIssuer } from '../auth/local-issuer.ts';

export interface PhotosOptions extends Omit<LocalServerOptions, 'trust'> {
  /** Folder of the objects. */
  readonly objects: string;
  /** Whose tokens are believed, and who signs the page's users in. */
  readonly issuer: LocalIssuer;
  /** The realtime gateway that the page connects to. */
  readonly realtimeUrl: string;
}

const hourMs = 3_600_000;

/** Where only programs of this machine can call. */
const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host);

/**
 * The photo example of a bus on one machine: uploads, lists, thumbnails and the page. On loopback, and only there, the page
 * signs anybody in under any name.
 */
export function startPhotos(options: PhotosOptions): Promise<ListeningServer> {
  const { host, port, bootstrapServers, issuer, log } = options;
  const pool = localPool(options, { applicationName: 'event-bus-photos', max: 2 });
  const demoToken = (user: string) => issuer.issue({ user, roles: [], lifetimeMs: hourMs });
  const publisher = makePublisher({ connection: { bootstrapServers }, codec: makeCodec(), clientId: 'photos' });
  const release = async () => {
    await publisher.close();
    await pool.end();
  };
  return releasing(release, async () =>
    startPhotoService({
      host,
      port,
      portsToTry,
      verifier: makeTokenVerifier(issuer.trust),
      objects: makeFolderObjectStore({ directory: options.objects }),
      pool,
      publisher,
      page: await loadPage(options.realtimeUrl),
      ...(isLoopback(host) ? { demoToken } : {}),
      clock: Date.now,
      onFailure: (error, request) => {
        log.error({ request, code: error instanceof AppError ? error.code : undefined }, String(error));
      },
    }),
  );
}
