import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../../core/errors/app-error.ts';

/** A function that can be invoked; a rejection is what the function failed with. */
export type Invocable = (event: unknown) => Promise<unknown>;

export interface LambdaApiOptions {
  /** Functions by name. */
  readonly functions: ReadonlyMap<string, Invocable>;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default any free port */
  readonly port?: number;
}

export interface LambdaApi {
  /** Endpoint for SDKs (`AWS_ENDPOINT_URL_LAMBDA`). */
  readonly url: string;
  close(): Promise<void>;
}

/** Largest event of a synchronous invocation, as Lambda has it. */
export const maxEventBytes = 6 * 1024 * 1024;

const invocationPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/**
 * Serves Lambda's `Invoke` on loopback, so that a program outside of the bus calls a function as it would on AWS.
 * Synchronous invocations only; signatures are not checked, and versions and aliases are not known.
 */
export async function startLambdaApi(options: LambdaApiOptions): Promise<LambdaApi> {
  const { host = '127.0.0.1', port = 0, functions } = options;
  const server = createServer((request, response) => void serve({ request, response, functions }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AppError('EVENTBUS_LOCAL_LAMBDA_API', `${host}:${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, resolve);
  });
  const shown = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${shown}:${(server.address() as AddressInfo).port}`, close: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly functions: ReadonlyMap<string, Invocable>;
}

async function serve({ request, response, functions }: Exchange): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://lambda').pathname;
  const name = decodeURIComponent(invocationPath.exec(path)?.[1] ?? '');
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (request.method !== 'POST' || name === '') {
    return refuse(response, 404, ['ResourceNotFoundException', `${request.method} ${path}; only Invoke is served`]);
  }
  const invoke = functions.get(name);
  if (invoke === undefined) {
    const known = [...functions.keys()].join(', ');
    return refuse(response, 404, ['ResourceNotFoundException', `no function ${name}; there are ${known}`]);
  }
  if (type !== 'RequestResponse') {
    return refuse(response, 400, ['InvalidParameterValueException', `invocation type ${String(type)} is not served`]);
  }
  const body = await readBody(request);
  if (body === undefined) {
    return refuse(response, 413, ['RequestTooLargeException', `the event has more than ${maxEventBytes} bytes`]);
  }
  let event: unknown;
  try {
    event = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    return refuse(response, 400, ['InvalidRequestContentException', 'the event is not JSON']);
  }
  await answer(response, () => invoke(event));
}

/** As Lambda does: a function that fails is an invocation that succeeded, with the error as its payload. */
async function answer(response: ServerResponse, invoke: () => Promise<unknown>): Promise<void> {
  const headers = { 'x-amzn-requestid': randomUUID(), 'content-type': 'application/json' };
  try {
    const result = await invoke();
    response.writeHead(200, { ...headers, 'x-amz-executed-version': '$LATEST' });
    response.end(JSON.stringify(result ?? null));
  } catch (error) {
    const { name, message, code } = Object(error) as { name?: string; message?: string; code?: string };
    response.writeHead(200, { ...headers, 'x-amz-function-error': 'Unhandled' });
    response.end(JSON.stringify({ errorType: code ?? name ?? 'Error', errorMessage: message ?? String(error) }));
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxEventBytes) chunks.push(chunk);
  }
  return bytes > maxEventBytes ? undefined : Buffer.concat(chunks);
}

function refuse(response: ServerResponse, status: number, [type, message]: readonly [string, string]): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
  response.end(JSON.stringify({ Type: 'User', Message: message, message }));
}
