import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Logger } from 'pino';
import { AppError } from '../../core/errors/app-error.ts';
import { type ErrorCode, errorRegistry } from '../../core/errors/registry.ts';
import { remoteLog } from './remote-log.ts';

/** A part of the platform inside its thread. */
export interface Part<Ready, Status> {
  /** What the starter is told: ports and the like; plain data. */
  readonly ready: Ready;
  status(): Status;
  close(): Promise<void>;
}

/** A part as seen from the thread that started it. */
export interface PartThread<Ready, Status> {
  readonly ready: Ready;
  /** The newest status, at most half a second old. */
  status(): Status;
  close(): Promise<void>;
}

export interface PartThreadOptions {
  readonly name: string;
  /** Module that calls {@link servePart}. */
  readonly module: URL;
  /** Plain data for the part. */
  readonly settings: unknown;
  readonly log: Logger;
  /** Told when the thread ends by itself. */
  readonly onStopped: (error: AppError) => void;
}

type FromPart =
  | { readonly kind: 'ready'; readonly ready: unknown; readonly status: unknown }
  | { readonly kind: 'status'; readonly status: unknown }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly fields: object; readonly text: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

const statusIntervalMs = 500;

/** Runs inside the thread: starts the part, reports its status and closes it when asked. */
export async function servePart<Ready, Status>(
  start: (settings: unknown, log: Pick<Logger, 'info' | 'warn' | 'error'>) => Promise<Part<Ready, Status>>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('a part runs in a worker thread');
  const send = (message: FromPart) => port.postMessage(message);
  try {
    const part = await start(
      workerData,
      remoteLog((line) => send({ kind: 'log', ...line })),
    );
    send({ kind: 'ready', ready: part.ready, status: part.status() });
    const timer = setInterval(() => send({ kind: 'status', status: part.status() }), statusIntervalMs);
    port.once('message', () => {
      clearInterval(timer);
      part.close().then(
        () => {
          send({ kind: 'status', status: part.status() });
          port.close();
        },
        (error: unknown) => send(failureOf(error)),
      );
    });
  } catch (error) {
    send(failureOf(error));
    port.close();
  }
}

function failureOf(error: unknown): FromPart {
  const code = error instanceof AppError ? error.code : 'EVENTBUS_LOCAL_PART_FAILED';
  return { kind: 'failed', code, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** Starts a part in a thread of its own; rejects with the part's coded error when it cannot start. */
export function startPartThread<Ready, Status>(options: PartThreadOptions): Promise<PartThread<Ready, Status>> {
  const worker = new Worker(options.module, { workerData: options.settings, name: `event-bus-${options.name}` });
  let status: unknown;
  let closing = false;
  let failure: AppError | undefined;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const close = async () => {
    closing = true;
    worker.postMessage('close');
    await exited;
  };

  return new Promise((resolve, reject) => {
    let started = false;
    worker.on('message', (message: FromPart) => {
      switch (message.kind) {
        case 'ready':
          started = true;
          status = message.status;
          resolve({ ready: message.ready as Ready, status: () => status as Status, close });
          break;
        case 'status':
          status = message.status;
          break;
        case 'log':
          options.log[message.level](message.fields, message.text);
          break;
        case 'failed':
          failure = toError(options.name, message);
          options.log.error({ part: options.name, code: message.code }, message.message);
          // What the part had opened before it failed would keep the thread alive.
          void worker.terminate();
          break;
      }
    });
    worker.on('error', (cause) => {
      failure = new AppError('EVENTBUS_LOCAL_PART_FAILED', `${options.name}: ${String(cause)}`, { cause });
    });
    worker.once('exit', () => {
      const error = failure ?? new AppError('EVENTBUS_LOCAL_PART_FAILED', `${options.name} ended`);
      if (!started) reject(error);
      else if (!closing) options.onStopped(error);
    });
  });
}

/** A coded error that crossed the thread: its message is complete already, so it is not composed again. */
function toError(name: string, { code, message }: { code: string; message: string }): AppError {
  const known = code in errorRegistry ? (code as ErrorCode) : 'EVENTBUS_LOCAL_PART_FAILED';
  const error = new AppError(known, name);
  const [text = message] = message.split('\n    at ');
  error.message = text.replace(/^\w*Error: /, '');
  return error;
}
