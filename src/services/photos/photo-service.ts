import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AppError } from '../../core/errors/app-error.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import type { Pool } from '../../postgres/pool.ts';
import { jsonBodyOf } from '../api/json-body.ts';
import { type ListeningServer, type ListenPlace, listening } from '../api/listening.ts';
import { requireOwnOrigin } from '../api/own-origin.ts';
import { problemOf } from '../api/problem.ts';
import { readBody } from '../api/read-body.ts';
import { decodedPart } from '../api/router.ts';
import { bearerToken } from '../auth/bearer.ts';
import type { TokenVerifier } from '../auth/token-verifier.ts';
import { acceptUpload, type UploadSinks } from './accept-upload.ts';
import type { PhotoPage } from './page.ts';
import type { PhotoAnswer } from './photo-call.ts';
import { getPhoto, getThumbnail, listPhotos } from './photo-reads.ts';
import { maxUploadBytes } from './read-upload.ts';

export interface PhotoServiceOptions extends UploadSinks, Omit<ListenPlace, 'name'> {
  readonly verifier: TokenVerifier;
  readonly objects: ObjectStore;
  readonly pool: Pool;
  readonly page: PhotoPage;
  /**
   * Signs anybody in under any name, for demonstrations on one machine.
   * @default the page cannot sign in
   */
  readonly demoToken?: (user: string) => Promise<string>;
  /** Told of failures that are not the caller's. */
  readonly onFailure: (error: unknown, request: string) => void;
}

/** Uploads that are in memory at the same time. */
const maxUploadsUnderWay = 3;
const maxOtherBytes = 10_000;

/**
 * Serves uploads, lists and thumbnails of photos to their owners, and the page that shows them. Plain HTTP, so it belongs
 * on loopback or behind a proxy with TLS; pages of other origins are refused.
 *
 * @throws AppError EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function startPhotoService(options: PhotoServiceOptions): Promise<ListeningServer> {
  const service = new PhotoService(options);
  const server = createServer((request, response) => {
    void service.answer(request).then((answer) => send(response, answer));
  });
  server.requestTimeout = 120_000;
  server.headersTimeout = 10_000;
  const { host, port, portsToTry } = options;
  return listening(server, { host, port, portsToTry, name: 'the photo service' });
}

class PhotoService {
  readonly #options: PhotoServiceOptions;
  #uploads = 0;

  constructor(options: PhotoServiceOptions) {
    this.#options = options;
  }

  async answer(request: IncomingMessage): Promise<PhotoAnswer> {
    const { method = 'GET', url: target = '/' } = request;
    try {
      const url = targetOf(target);
      requireOwnOrigin(request);
      return await this.#route(method === 'HEAD' ? 'GET' : method, url, request);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status >= 500) this.#options.onFailure(error, `${method} ${target.slice(0, 200)}`);
      return problem;
    }
  }

  async #route(method: string, url: URL, request: IncomingMessage): Promise<PhotoAnswer> {
    const { pathname } = url;
    const file = method === 'GET' ? this.#options.page.answer(pathname) : undefined;
    if (file !== undefined) return file;
    const at = `${method} ${pathname.slice(0, 200)}`;
    if (at === 'POST /demo-session') return this.#demoSession(request);
    const [first, second, ...rest] = pathname.slice(1).split('/').map(decodedPart);
    if (first !== 'photos') throw new AppError('EVENTBUS_API_ROUTE_UNKNOWN', at);
    if (at === 'POST /photos') return this.#upload(url, request);
    if (method !== 'GET') throw new AppError('EVENTBUS_API_METHOD_UNKNOWN', at, { details: { allow: 'GET, POST' } });
    const { objects, pool } = this.#options;
    const caller = await this.#caller(request);
    if (second === undefined) return listPhotos(caller, pool);
    if (rest.length === 0) return getPhoto(caller, second, pool);
    const [kind, name = '', ...more] = rest;
    if (kind !== 'thumbnails' || more.length > 0) throw new AppError('EVENTBUS_API_ROUTE_UNKNOWN', at);
    return getThumbnail(caller, { photoId: second, name }, objects);
  }

  #caller({ headers }: IncomingMessage) {
    return this.#options.verifier.verify(bearerToken(headers.authorization));
  }

  /** The token is looked at before the body is read, and a body is only read when there is room for it. */
  async #upload(url: URL, request: IncomingMessage): Promise<PhotoAnswer> {
    const caller = await this.#caller(request);
    if (this.#uploads >= maxUploadsUnderWay) {
      throw new AppError('EVENTBUS_PHOTO_UPLOAD_BUSY', `${maxUploadsUnderWay} are taken at the same time`);
    }
    this.#uploads += 1;
    try {
      const body = await bodyOf(request, maxUploadBytes);
      const headers = Object.fromEntries(
        Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(', ')]),
      );
      return await acceptUpload({ caller, query: url.searchParams, headers, body }, this.#options);
    } finally {
      this.#uploads -= 1;
    }
  }

  async #demoSession(request: IncomingMessage): Promise<PhotoAnswer> {
    const { demoToken } = this.#options;
    if (demoToken === undefined) throw new AppError('EVENTBUS_API_ROUTE_UNKNOWN', 'POST /demo-session');
    const body = jsonBodyOf(await bodyOf(request, maxOtherBytes), request.headers['content-type']);
    const user = typeof body === 'object' && body !== null && 'user' in body ? body.user : undefined;
    if (typeof user !== 'string' || !/^[a-z][a-z0-9-]{0,30}$/.test(user)) {
      throw new AppError('EVENTBUS_API_PARAMETER_INVALID', 'user must be 1 to 31 of a-z, 0-9 and -, a letter first');
    }
    return { status: 200, body: { user, token: await demoToken(user) } };
  }
}

function targetOf(target: string): URL {
  if (target.startsWith('/') && URL.canParse(target, 'http://localhost')) return new URL(target, 'http://localhost');
  throw new AppError('EVENTBUS_API_ROUTE_UNKNOWN', target.slice(0, 200));
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new AppError('EVENTBUS_PHOTO_UPLOAD_TOO_LARGE', `more than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  return readBody(request, maxBytes, tooLarge);
}

function send(response: ServerResponse, { status, headers = {}, body }: PhotoAnswer): void {
  const raw = body instanceof Uint8Array;
  const bytes = raw ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // What was not read of a refused upload must not be taken for the next request.
    ...(response.req.complete ? {} : { connection: 'close' }),
    ...headers,
    'content-length': bytes.length,
  });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}
