import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import { isFields } from '../../core/fields.ts';
import { readBody } from '../../services/api/read-body.ts';
import { steadyNow } from '../steady-clock.ts';
import { QueueStore } from './queue-store.ts';
import { makeSqsActions } from './sqs-actions.ts';
import { SqsError } from './sqs-error.ts';
import type { Parameters } from './sqs-fields.ts';

export interface EmbeddedQueueOptions {
  /** @default any free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** Folder of the queue's file; made when absent. */
  readonly dataDir: string;
  /** Queues to make when absent. */
  readonly queues?: readonly string[];
  /** ms since 1970-01-01 UTC; @default a clock that nobody sets */
  readonly clock?: () => number;
}

export interface EmbeddedQueue {
  /** Endpoint for SDKs (`AWS_ENDPOINT_URL_SQS`). */
  readonly url: string;
  queueUrl(name: string): string;
  close(): Promise<void>;
}

/** Largest request: ten messages of the largest batch, with every character escaped in JSON. */
const maxRequestBytes = 8 * 1_048_576;
const targetPrefix = 'AmazonSQS.';
/** Dead letters are kept as long as SQS can. */
const retentionSeconds = 14 * 86_400;

/**
 * A durable queue that speaks the SQS JSON protocol (`AmazonSQS.*`) over HTTP on loopback: messages are on disk before
 * the answer. Signatures are not checked; FIFO queues and redrive policies are not offered.
 */
export async function startEmbeddedQueue(options: EmbeddedQueueOptions): Promise<EmbeddedQueue> {
  const { host = '127.0.0.1', port = 0, clock = steadyNow } = options;
  mkdirSync(options.dataDir, { recursive: true });
  const store = new QueueStore(join(options.dataDir, 'queue.sqlite'));
  const arrivals = new EventEmitter().setMaxListeners(0);
  let origin = '';
  const actions = makeSqsActions({
    store,
    clock,
    origin: () => origin,
    announce: (queue) => arrivals.emit(`arrival ${queue}`),
    arrival: (queue, ms) => once(arrivals, `arrival ${queue}`, { signal: AbortSignal.timeout(ms) }).then(noop, noop),
  });
  const server = createServer((request, response) => void serve(request, response, actions));
  try {
    await listen(server, { host, port });
  } catch (cause) {
    store.close();
    throw new AppError('EVENTBUS_QUEUE_PORT', `${host}:${port}: ${(cause as Error).message}`, { cause });
  }
  origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  const create = actions('CreateQueue');
  for (const QueueName of options.queues ?? []) {
    if (store.queue(QueueName) !== null) continue;
    await create({ QueueName, Attributes: { MessageRetentionPeriod: retentionSeconds } }, () => true);
  }
  return {
    url: origin,
    queueUrl: (name) => `${origin}/000000000000/${name}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      store.close();
    },
  };
}

function noop(): void {}

function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

type Actions = ReturnType<typeof makeSqsActions>;

async function serve(request: IncomingMessage, response: ServerResponse, actions: Actions): Promise<void> {
  try {
    const name = actionName(request);
    const tooLarge = () => new SqsError('RequestTooLarge', `A request may have ${maxRequestBytes} bytes.`);
    const parameters = parseBody(await readBody(request, maxRequestBytes, tooLarge));
    const answer = await actions(name)(parameters, () => !response.destroyed);
    if (!response.destroyed) reply(response, 200, answer);
  } catch (error) {
    if (!response.destroyed) replyError(response, error);
  }
}

function actionName(request: IncomingMessage): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string' && target.startsWith(targetPrefix)) return target.slice(targetPrefix.length);
  const message = `The embedded queue speaks the SQS JSON protocol; x-amz-target is ${JSON.stringify(target ?? null)}.`;
  throw new SqsError('InvalidAction', message);
}

function parseBody(bytes: Buffer): Parameters {
  try {
    const parsed: unknown = JSON.parse(bytes.length === 0 ? '{}' : bytes.toString());
    if (isFields(parsed)) return parsed;
  } catch {
    // Answered below, like any other body that is no JSON object.
  }
  throw new SqsError('SerializationException', 'The request body is not a JSON object.');
}

function replyError(response: ServerResponse, error: unknown): void {
  if (error instanceof SqsError) {
    response.setHeader('x-amzn-query-error', `${error.queryCode};Sender`);
    reply(response, 400, { __type: `com.amazonaws.sqs#${error.type}`, message: error.message });
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  reply(response, 500, { __type: 'com.amazonaws.sqs#InternalFailure', message });
}

function reply(response: ServerResponse, status: number, answer: Readonly<Record<string, unknown>>): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  response.setHeader('x-amzn-requestid', randomUUID());
  response.end(JSON.stringify(answer));
}
