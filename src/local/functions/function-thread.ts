/** Runs in a function's thread: loads the module once, then answers invocations side by side. */
import { parentPort, workerData } from 'node:worker_threads';
import { buildMskEvent } from '../event-source/msk-event-builder.ts';
import { sharedSteadyMs } from '../steady-clock.ts';
import {
  errorText,
  type FunctionMessage,
  type FunctionPayload,
  type FunctionSettings,
  type HostMessage,
  type InvokeMessage,
} from './messages.ts';

type Handler = (event: unknown, context: object) => unknown;

const settings = workerData as FunctionSettings;

function post(message: FunctionMessage): void {
  parentPort?.postMessage(message, []);
}

async function loadHandler(): Promise<Handler> {
  const module = (await import(settings.module)) as { readonly handler?: unknown };
  if (typeof module.handler === 'function') return module.handler as Handler;
  throw new TypeError(`${settings.module} exports ${Object.keys(module).join(', ') || 'nothing'}, wanted "handler"`);
}

function eventOf(payload: FunctionPayload): unknown {
  return payload.kind === 'json' ? payload.value : buildMskEvent(payload.batch);
}

async function invoke(handler: Handler, { id, deadlineMs, requestId, payload }: InvokeMessage): Promise<void> {
  const context = {
    awsRequestId: requestId,
    functionName: settings.name,
    functionVersion: '$LATEST',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - sharedSteadyMs()),
  };
  try {
    const result: unknown = await handler(eventOf(payload), context);
    // What Lambda would send back: JSON. Most answers are tiny; odd ones must not break the channel.
    post({ kind: 'done', id, result: result === undefined ? null : (JSON.parse(JSON.stringify(result)) as unknown) });
  } catch (error) {
    post({ kind: 'failed', id, error: errorText(error) });
  }
}

try {
  const handler = await loadHandler();
  parentPort?.on('message', (message: HostMessage) => {
    if (message.kind === 'ping') post({ kind: 'pong' });
    else void invoke(handler, message);
  });
  post({ kind: 'ready' });
} catch (error) {
  post({ kind: 'init-failed', error: errorText(error) });
}
