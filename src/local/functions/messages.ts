import type { InvocationBatch } from '../event-source/invocation-batch.ts';

/** What a function is called with: any JSON value, or records from which the function's thread builds the MSK event. */
export type FunctionPayload =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'kafka'; readonly batch: InvocationBatch };

/** What a function's thread is started with. */
export interface FunctionSettings {
  readonly name: string;
  /** URL of the module that exports `handler`. */
  readonly module: string;
}

/** To the thread. */
export type HostMessage = InvokeMessage | PingMessage;

/** Answered at once by a thread that is not stuck. */
export interface PingMessage {
  readonly kind: 'ping';
}

export interface InvokeMessage {
  readonly kind: 'invoke';
  readonly id: number;
  /** When the time limit is reached, by the clock that the threads have in common. */
  readonly deadlineMs: number;
  readonly requestId: string;
  readonly payload: FunctionPayload;
}

/** An error on its way between threads. */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly code: string | null;
}

/** From the thread. */
export type FunctionMessage =
  | { readonly kind: 'pong' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: ErrorText }
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorText };

export function errorText(error: unknown): ErrorText {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: null, code: null };
  const { code } = error as NodeJS.ErrnoException;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? null,
    code: typeof code === 'string' ? code : null,
  };
}
