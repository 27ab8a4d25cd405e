import { randomUUID } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { parseMetricsLine } from '../../core/embedded-metrics.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { ErrorCode } from '../../core/errors/registry.ts';
import { sharedSteadyMs } from '../steady-clock.ts';
import type { FunctionOptions } from './function-options.ts';
import type { ErrorText, FunctionMessage, FunctionPayload, FunctionSettings, HostMessage } from './messages.ts';
import { eachLine } from './output-lines.ts';

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: AppError) => void;
  readonly timer: NodeJS.Timeout;
}

export interface WorkerEvents {
  /** An invocation was answered, well or badly. */
  readonly onAnswered: () => void;
  /** The thread takes no more invocations; called once. */
  readonly onRetired: (error: AppError) => void;
}

/**
 * Room for short-lived objects: what a batch is while it is worked on should die there. A third of it made collections so
 * frequent that the whole bus took a tenth more of the processors at 6,000 readings/s; twice as much saved nothing.
 */
const youngGenerationMb = 48;
/** Time that a thread has to answer a ping before it counts as stuck. */
const pingMs = 500;

/**
 * One thread that runs a function: an environment, in Lambda's words. When it ends, the invocation at fault fails with
 * the reason; where several ran and the fault cannot be placed, all are interrupted, which counts against none.
 */
export class FunctionWorker {
  readonly loaded: Promise<void>;
  readonly #options: FunctionOptions;
  readonly #events: WorkerEvents;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #ready: () => void = () => {};
  #failedToLoad: (error: AppError) => void = () => {};
  /** Why the thread is being ended, when the host does it. */
  #ending: AppError | null = null;
  #retired = false;
  readonly #pings = new Set<() => void>();
  #nextId = 1;

  constructor(options: FunctionOptions, events: WorkerEvents) {
    this.#options = options;
    this.#events = events;
    this.#worker = startThread(options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    this.loaded = promise;
    this.#ready = resolve;
    this.#failedToLoad = reject;
    this.#watch();
  }

  get invocations(): number {
    return this.#pending.size;
  }

  async invoke(payload: FunctionPayload, requestId: string = randomUUID()): Promise<unknown> {
    await this.loaded;
    if (this.#ending !== null) throw this.#error('EVENTBUS_FUNCTION_INTERRUPTED', 'it ended before the invocation');
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      const { timeoutMs } = this.#options;
      const timer = setTimeout(() => void this.#timeOut(id), timeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      const message: HostMessage = { kind: 'invoke', id, deadlineMs: sharedSteadyMs() + timeoutMs, requestId, payload };
      this.#worker.postMessage(message, payload.kind === 'kafka' ? [payload.batch.bytes] : []);
    });
  }

  async close(reason: AppError): Promise<void> {
    this.#ending ??= reason;
    this.#retire(reason);
    await this.#worker.terminate();
  }

  #watch(): void {
    const initTimer = setTimeout(() => {
      this.#end(this.#error('EVENTBUS_FUNCTION_INIT', 'its module did not load in time'));
    }, this.#options.initTimeoutMs ?? 30_000);
    this.#worker.on('message', (message: FunctionMessage) => {
      if (message.kind === 'ready' || message.kind === 'init-failed') clearTimeout(initTimer);
      this.#take(message);
    });
    this.#worker.on('error', (cause: unknown) => {
      this.#ending ??= this.#crash(cause);
    });
    this.#worker.on('exit', (code) => {
      clearTimeout(initTimer);
      this.#exited(this.#ending ?? this.#error('EVENTBUS_FUNCTION_CRASHED', `it exited with code ${code}`));
    });
  }

  #take(message: FunctionMessage): void {
    switch (message.kind) {
      case 'pong':
        for (const answered of this.#pings) answered();
        return;
      case 'ready':
        return this.#ready();
      case 'init-failed':
        return this.#end(this.#caused('EVENTBUS_FUNCTION_INIT', message.error));
      case 'done':
        return this.#settle(message.id, ({ resolve }) => resolve(message.result));
      case 'failed':
      default:
        return this.#settle(message.id, ({ reject }) =>
          reject(this.#caused('EVENTBUS_FUNCTION_FAILED', message.error)),
        );
    }
  }

  #settle(id: number, settle: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    this.#events.onAnswered();
    settle(pending);
  }

  /**
   * Ends the thread, in which the invocation would go on. It is at fault when it is the only one or the thread still
   * answers; a thread that is stuck may be so because of any invocation in it.
   */
  async #timeOut(id: number): Promise<void> {
    const pending = this.#pending.get(id);
    if (pending === undefined || this.#ending !== null) return;
    const placed = this.#pending.size === 1 || (await this.#answersPing());
    if (this.#ending !== null || !this.#pending.has(id)) return;
    if (placed) {
      this.#pending.delete(id);
      pending.reject(this.#error('EVENTBUS_FUNCTION_TIMEOUT', `no answer within ${this.#options.timeoutMs} ms`));
    }
    const what = placed ? 'another invocation ran into its time limit' : 'one of its invocations is stuck';
    this.#end(this.#error('EVENTBUS_FUNCTION_INTERRUPTED', what, { unclear: !placed }));
  }

  #answersPing(): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (answered: boolean) => {
        clearTimeout(timer);
        this.#pings.delete(onPong);
        resolve(answered);
      };
      const timer = setTimeout(() => end(false), pingMs);
      const onPong = () => end(true);
      this.#pings.add(onPong);
      this.#worker.postMessage({ kind: 'ping' } satisfies HostMessage, []);
    });
  }

  #end(reason: AppError): void {
    this.#ending ??= reason;
    this.#retire(this.#ending);
    void this.#worker.terminate();
  }

  #exited(error: AppError): void {
    this.#ending = error;
    this.#failedToLoad(error);
    const shared = this.#pending.size > 1 && error.code !== 'EVENTBUS_FUNCTION_CLOSED';
    const reason =
      shared && error.code !== 'EVENTBUS_FUNCTION_INTERRUPTED'
        ? this.#error('EVENTBUS_FUNCTION_INTERRUPTED', error.message, { unclear: true, cause: error })
        : error;
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#pending.clear();
    this.#retire(error);
  }

  #retire(error: AppError): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#events.onRetired(error);
  }

  #crash(cause: unknown): AppError {
    // A thread may throw anything, and its errors are of another realm.
    const { code, message } = Object(cause) as Partial<NodeJS.ErrnoException>;
    if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const what = `the limit is ${this.#options.memoryMb} MB`;
      return this.#error('EVENTBUS_FUNCTION_OUT_OF_MEMORY', what, { cause });
    }
    return this.#error('EVENTBUS_FUNCTION_CRASHED', message ?? String(cause), { cause });
  }

  #caused(code: ErrorCode, { name, message, stack, code: causeCode }: ErrorText): AppError {
    const cause = Object.assign(new Error(message), { name, stack: stack ?? message });
    const details = { function: this.#options.name, causeCode };
    return new AppError(code, `${this.#options.name}: ${message}`, { cause, details });
  }

  #error(code: ErrorCode, what: string, { cause, ...details }: Readonly<Record<string, unknown>> = {}): AppError {
    const { name } = this.#options;
    return new AppError(code, `${name}: ${what}`, { cause, details: { function: name, ...details } });
  }
}

function startThread({ name, file, environment, memoryMb, onLog, onMetrics }: FunctionOptions): Worker {
  const module = pathToFileURL(isAbsolute(file) ? file : resolve(file)).href;
  const worker = new Worker(new URL('./function-thread.ts', import.meta.url), {
    name,
    workerData: { name, module } satisfies FunctionSettings,
    env: {
      NODE_ENV: 'production',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      ...environment,
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
  return worker;
}
