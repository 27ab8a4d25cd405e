import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AppError } from '../../core/errors/app-error.ts';
import type { ApiAnswer } from './api-call.ts';
import { answerHeaders } from './api-headers.ts';
import { jsonBodyOf } from './json-body.ts';
import { type ListeningServer, type ListenPlace, listening } from './listening.ts';
import { requireOwnOrigin } from './own-origin.ts';
import { problemOf } from './problem.ts';
import { readBody } from './read-body.ts';
import type { Api } from './router.ts';

export interface HttpServerOptions extends Omit<ListenPlace, 'name'> {
  readonly api: Api;
  /** Largest request body. @default 1 MiB */
  readonly maxBodyBytes?: number;
}

/** A running API. */
export type HttpApi = ListeningServer;

/** Header that names who asks. */
const actorHeader = 'event-bus-actor';

/**
 * Serves the API over HTTP, without TLS and without any sign-in of its own, so it belongs on loopback. Pages of other
 * origins are refused.
 * @throws AppError EVENTBUS_LOCAL_PORT_TAKEN
 */
export async function serveHttp(options: HttpServerOptions): Promise<HttpApi> {
  const { api, maxBodyBytes = 1_048_576, ...place } = options;
  const server = createServer((request, response) => {
    void handle(request, api, maxBodyBytes).then((answer) => send(response, answer));
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  return listening(server, { ...place, name: 'the HTTP API' });
}

async function handle(request: IncomingMessage, api: Api, maxBodyBytes: number): Promise<ApiAnswer> {
  try {
    requireOwnOrigin(request);
    const tooLarge = () => new AppError('EVENTBUS_API_BODY_TOO_LARGE', `more than ${maxBodyBytes} bytes`);
    const body = jsonBodyOf(await readBody(request, maxBodyBytes, tooLarge), request.headers['content-type']);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const headers = headersOf(request);
    return await api({ method, path: url.pathname, query: url.searchParams, headers, body, actor: actorOf(headers) });
  } catch (error) {
    return problemOf(error);
  }
}

function headersOf({ headersDistinct }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(', ')]));
}

function actorOf(headers: Readonly<Record<string, string>>): string {
  const name = headers[actorHeader]?.trim().slice(0, 100);
  return name === undefined || name === '' ? 'api' : `api:${name}`;
}

function send(response: ServerResponse, answer: ApiAnswer): void {
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, { ...answerHeaders(answer), 'content-length': Buffer.byteLength(text) });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}
