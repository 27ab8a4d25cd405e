import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../core/errors/app-error.ts';
import type { ApiAnswer } from './api-call.ts';
import { answerHeaders } from './api-headers.ts';
import { jsonBodyOf } from './json-body.ts';
import { problemOf } from './problem.ts';
import type { Api } from './router.ts';

export interface HttpServerOptions {
  readonly api: Api;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Largest request body. @default 1 MiB */
  readonly maxBodyBytes?: number;
}

export interface HttpApi {
  /** `http://127.0.0.1:8090` */
  readonly url: string;
  /** Answers what is under way, then stops. */
  close(): Promise<void>;
}

/** Header that names who asks. */
const actorHeader = 'event-bus-actor';
const closeWithinMs = 5_000;

/**
 * Serves the API over HTTP, without TLS and without any sign-in of its own, so it belongs on loopback. Pages of other origins are refused, also ones
 * that have a name of theirs point to this machine: the host that a request names must be an address or `localhost`.
 * @throws AppError EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function serveHttp({ api, host, port, maxBodyBytes = 1_048_576 }: HttpServerOptions): Promise<HttpApi> {
  const server = createServer((request, response) => {
    void handle(request, api, maxBodyBytes).then((answer) => send(response, answer));
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  await listening(server, host, port);
  const { address, port: taken, family } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`, close: () => closed(server) };
}

async function listening(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    throw new AppError('EVENTBUS_LOCAL_PORT_TAKEN', `port ${port} of the HTTP API (${code})`, { cause });
  }
}

async function closed(server: Server): Promise<void> {
  const ended = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const forced = setTimeout(() => server.closeAllConnections(), closeWithinMs);
  await ended;
  clearTimeout(forced);
}

async function handle(request: IncomingMessage, api: Api, maxBodyBytes: number): Promise<ApiAnswer> {
  try {
    requireOwnOrigin(request);
    const body = await readBody(request, maxBodyBytes);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const headers = headersOf(request);
    return await api({ method, path: url.pathname, query: url.searchParams, headers, body, actor: actorOf(headers) });
  } catch (error) {
    return problemOf(error);
  }
}

const addressOrLocalhost = /^(localhost|(\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

function requireOwnOrigin({ headers }: IncomingMessage): void {
  const { host = '', origin } = headers;
  if (!addressOrLocalhost.test(host)) {
    throw new AppError('EVENTBUS_API_FOREIGN_ORIGIN', `host "${host.slice(0, 100)}"`);
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new AppError('EVENTBUS_API_FOREIGN_ORIGIN', `origin "${origin.slice(0, 100)}"`);
  }
}

function headersOf({ headersDistinct }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]));
}

function actorOf(headers: Readonly<Record<string, string>>): string {
  const name = headers[actorHeader]?.trim().slice(0, 100);
  return name === undefined || name === '' ? 'api' : `api:${name}`;
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AppError('EVENTBUS_API_BODY_TOO_LARGE', `more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return jsonBodyOf(Buffer.concat(chunks), request.headers['content-type']);
}

function send(response: ServerResponse, answer: ApiAnswer): void {
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, { ...answerHeaders(answer), 'content-length': Buffer.byteLength(text) });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
