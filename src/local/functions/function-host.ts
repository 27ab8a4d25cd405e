import { randomUUID } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Counts, parseMetricsLine } from '../../core/embedded-metrics.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { ErrorCode } from '../../core/errors/registry.ts';
import type { ErrorText, FunctionMessage, FunctionPayload, FunctionSettings, InvokeMessage } from './messages.ts';
import { eachLine } from './output-lines.ts';

export interface FunctionOptions {
  /** Name of the function, as a rule its consumer's. */
  readonly name: string;
  /** Module that exports `handler`: a path, absolute or from the working directory. */
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Limit of the thread's heap; buffers outside the heap are not counted, as Lambda does. */
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Metric lines that the function writes. */
  readonly onMetrics?: (counts: Counts) => void;
  /** Every other line of its standard output and error. */
  readonly onLog?: (line: string) => void;
  /** Told when the thread ended unasked, with the wait before the next start. */
  readonly onRestart?: (error: AppError, waitMs: number) => void;
  /** Time that the module may take to load, ms; @default 30000 */
  readonly initTimeoutMs?: number;
}

/** A function that runs in its own thread. */
export interface FunctionHandle {
  readonly name: string;
  /**
   * Calls the handler. Invocations run side by side in the one thread, so that the caller bounds them. Rejects with a
   * coded error when the handler throws, runs into its time limit, or its thread ends. A batch's bytes are given away.
   */
  invoke(payload: FunctionPayload): Promise<unknown>;
  /** Resolves when the module is loaded; rejects when it cannot be. */
  ready(): Promise<void>;
  readonly restarts: number;
  close(): Promise<void>;
}

/** Loads `lambdas/<name>.ts` into a thread and keeps it running: a thread that ends is started again with backoff. */
export function startFunction(options: FunctionOptions): FunctionHandle {
  return new FunctionHost(options);
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

/** A running thread and what waits for it. */
interface Environment {
  readonly worker: Worker;
  readonly loaded: Promise<void>;
  readonly pending: Map<number, Pending>;
  /** Why the thread is being ended, when the host does it. */
  ending: AppError | null;
}

/** Room for short-lived objects. The default of 48 MB cost several hundred MB over five threads and saved no time. */
const youngGenerationMb = 16;
const firstRestartMs = 100;
const maxRestartMs = 10_000;

class FunctionHost implements FunctionHandle {
  readonly #options: FunctionOptions;
  #environment: Environment | null = null;
  #failedStarts = 0;
  #startAtMs = 0;
  #nextId = 1;
  #closed = false;
  #wake: (() => void) | null = null;
  restarts = 0;

  constructor(options: FunctionOptions) {
    this.#options = options;
    this.#environment = this.#start();
  }

  get name(): string {
    return this.#options.name;
  }

  async ready(): Promise<void> {
    await (await this.#running()).loaded;
  }

  async invoke(payload: FunctionPayload): Promise<unknown> {
    const environment = await this.#running();
    await environment.loaded;
    if (environment.ending !== null) throw environment.ending;
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      const timer = setTimeout(() => this.#timeOut(environment, id), this.#options.timeoutMs);
      environment.pending.set(id, { resolve, reject, timer });
      const deadlineMs = Date.now() + this.#options.timeoutMs;
      const message: InvokeMessage = { id, deadlineMs, requestId: randomUUID(), payload };
      environment.worker.postMessage(message, payload.kind === 'kafka' ? [payload.batch.bytes] : []);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    const environment = this.#environment;
    if (environment === null) return;
    environment.ending = this.#error('EVENTBUS_FUNCTION_CLOSED', 'closed by the platform');
    await environment.worker.terminate();
  }

  /** The current environment, started when there is none and its wait is over. */
  async #running(): Promise<Environment> {
    for (;;) {
      if (this.#closed) throw this.#error('EVENTBUS_FUNCTION_CLOSED', 'not started any more');
      if (this.#environment !== null) return this.#environment;
      const waitMs = this.#startAtMs - Date.now();
      if (waitMs <= 0) {
        this.#environment = this.#start();
        return this.#environment;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #start(): Environment {
    const { name, file, environment: env, memoryMb, onLog, onMetrics } = this.#options;
    const module = pathToFileURL(isAbsolute(file) ? file : resolve(file)).href;
    const worker = new Worker(new URL('./function-thread.ts', import.meta.url), {
      name,
      workerData: { name, module } satisfies FunctionSettings,
      env: {
        NODE_ENV: 'production',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        ...env,
      },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: youngGenerationMb },
      stdout: true,
      stderr: true,
    });
    eachLine(worker.stdout, (line) => {
      const counts = parseMetricsLine(line);
      if (counts === null) onLog?.(line);
      else onMetrics?.(counts);
    });
    eachLine(worker.stderr, (line) => onLog?.(line));
    return this.#watch(worker);
  }

  #watch(worker: Worker): Environment {
    const { promise: loaded, resolve, reject } = Promise.withResolvers<void>();
    loaded.catch(() => {});
    const environment: Environment = { worker, loaded, pending: new Map(), ending: null };
    const initTimer = setTimeout(() => {
      this.#end(environment, this.#error('EVENTBUS_FUNCTION_INIT', 'its module did not load in time'));
    }, this.#options.initTimeoutMs ?? 30_000);
    worker.on('message', (message: FunctionMessage) => {
      if (message.kind === 'done' || message.kind === 'failed') {
        this.#settle(environment, message);
        return;
      }
      clearTimeout(initTimer);
      if (message.kind === 'ready') resolve();
      else this.#end(environment, this.#caused('EVENTBUS_FUNCTION_INIT', message.error));
    });
    worker.on('error', (cause: unknown) => {
      environment.ending ??= this.#crash(cause);
    });
    worker.on('exit', (code) => {
      clearTimeout(initTimer);
      const error = environment.ending ?? this.#error('EVENTBUS_FUNCTION_CRASHED', `it exited with code ${code}`);
      environment.ending = error;
      reject(error);
      this.#ended(environment, error);
    });
    return environment;
  }

  #settle(environment: Environment, message: Extract<FunctionMessage, { readonly id: number }>): void {
    const pending = environment.pending.get(message.id);
    if (pending === undefined) return;
    environment.pending.delete(message.id);
    clearTimeout(pending.timer);
    this.#failedStarts = 0;
    if (message.kind === 'done') pending.resolve(message.result);
    else pending.reject(this.#caused('EVENTBUS_FUNCTION_FAILED', message.error));
  }

  #timeOut(environment: Environment, id: number): void {
    const pending = environment.pending.get(id);
    environment.pending.delete(id);
    const what = `no answer within ${this.#options.timeoutMs} ms`;
    pending?.reject(this.#error('EVENTBUS_FUNCTION_TIMEOUT', what));
    // Its thread may be stuck in a loop; the invocations beside it end with it and are delivered again.
    this.#end(environment, this.#error('EVENTBUS_FUNCTION_CRASHED', 'another invocation ran into its time limit'));
  }

  #end(environment: Environment, reason: AppError): void {
    environment.ending ??= reason;
    this.#retire(environment, environment.ending);
    void environment.worker.terminate();
  }

  #ended(environment: Environment, error: AppError): void {
    for (const { reject, timer } of environment.pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    environment.pending.clear();
    this.#retire(environment, error);
  }

  /** Takes an environment out of service; the next invocation starts another one after the wait. */
  #retire(environment: Environment, error: AppError): void {
    if (this.#closed || this.#environment !== environment) return;
    this.#environment = null;
    this.#failedStarts += 1;
    const waitMs = Math.min(maxRestartMs, firstRestartMs * 2 ** (this.#failedStarts - 1));
    this.#startAtMs = Date.now() + waitMs;
    this.restarts += 1;
    this.#options.onRestart?.(error, waitMs);
  }

  #crash(cause: unknown): AppError {
    // A thread may throw anything, and its errors are of another realm.
    const { code, message } = Object(cause) as Partial<NodeJS.ErrnoException>;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const what = `the limit is ${this.#options.memoryMb} MB`;
      return this.#error('EVENTBUS_FUNCTION_OUT_OF_MEMORY', what, cause);
    }
    return this.#error('EVENTBUS_FUNCTION_CRASHED', message ?? String(cause), cause);
  }

  #caused(code: ErrorCode, { name, message, stack, code: causeCode }: ErrorText): AppError {
    const cause = Object.assign(new Error(message), { name, stack: stack ?? message });
    return new AppError(code, `${this.name}: ${message}`, { cause, details: { function: this.name, causeCode } });
  }

  #error(code: ErrorCode, what: string, cause?: unknown): AppError {
    return new AppError(code, `${this.name}: ${what}`, { cause, details: { function: this.name } });
  }
}
