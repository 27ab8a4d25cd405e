import { AppError } from '../../core/errors/app-error.ts';
import { FunctionLane } from './function-lane.ts';
import type { FunctionOptions, InvocationOptions } from './function-options.ts';
import type { FunctionPayload } from './messages.ts';

export type { FunctionOptions } from './function-options.ts';

/** A function that runs in its own thread. */
export interface FunctionHandle {
  readonly name: string;
  /**
   * Calls the handler. Invocations run side by side in the one thread, so that the caller bounds them. Rejects with a
   * coded error when the handler throws, runs into its time limit, or its thread ends. A batch's bytes are given away.
   */
  invoke(payload: FunctionPayload, options?: InvocationOptions): Promise<unknown>;
  /** Starts the thread now instead of with the first invocation; resolves when the module is loaded, rejects when it cannot be. */
  ready(): Promise<void>;
  /**
   * Invocations that may run at the same time, as Lambda's reserved concurrency: those above it are throttled, and 0
   * stops the function. `null` takes the limit away.
   */
  reserve(concurrency: number | null): void;
  readonly restarts: number;
  close(): Promise<void>;
}

/**
 * A function whose thread loads `lambdas/<name>.ts` with the first invocation, as Lambda starts an environment. A thread
 * that ends is started again with backoff.
 */
export function startFunction(options: FunctionOptions): FunctionHandle {
  return new FunctionHost(options);
}

/** Time without an invocation after which the environment for single invocations is given up. */
const aloneIdleMs = 10_000;

class FunctionHost implements FunctionHandle {
  readonly #options: FunctionOptions;
  readonly #shared: FunctionLane;
  /** For invocations that may end their environment, so that they end no other's. */
  readonly #alone: FunctionLane;
  #lastAlone: Promise<unknown> = Promise.resolve();
  #aloneTimer: NodeJS.Timeout | undefined;
  #running = 0;
  #reserved = Number.POSITIVE_INFINITY;
  restarts = 0;

  constructor(options: FunctionOptions) {
    this.#options = options;
    const onRestart = (error: AppError, waitMs: number) => {
      this.restarts += 1;
      options.onRestart?.(error, waitMs);
    };
    this.#shared = new FunctionLane(options, onRestart);
    this.#alone = new FunctionLane(options, onRestart);
  }

  get name(): string {
    return this.#options.name;
  }

  async ready(): Promise<void> {
    await (await this.#shared.worker()).loaded;
  }

  reserve(concurrency: number | null): void {
    this.#reserved = concurrency ?? Number.POSITIVE_INFINITY;
  }

  async invoke(payload: FunctionPayload, { requestId, alone = false }: InvocationOptions = {}): Promise<unknown> {
    if (this.#running >= this.#reserved) {
      const what = `${this.name}: ${this.#running} invocations run, ${this.#reserved} may`;
      throw new AppError('EVENTBUS_FUNCTION_THROTTLED', what, { details: { function: this.name } });
    }
    this.#running += 1;
    try {
      if (alone) return await this.#invokeAlone(payload, requestId);
      return await (await this.#shared.worker()).invoke(payload, requestId);
    } finally {
      this.#running -= 1;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#aloneTimer);
    await Promise.all([this.#shared.close(), this.#alone.close()]);
  }

  async #invokeAlone(payload: FunctionPayload, requestId: string | undefined): Promise<unknown> {
    clearTimeout(this.#aloneTimer);
    const before = this.#lastAlone;
    const turn = before.then(async () => (await this.#alone.worker()).invoke(payload, requestId));
    const over = turn.catch(() => {});
    this.#lastAlone = over;
    try {
      return await turn;
    } finally {
      if (this.#lastAlone === over) {
        clearTimeout(this.#aloneTimer);
        this.#aloneTimer = setTimeout(() => void this.#alone.rest(), aloneIdleMs);
        this.#aloneTimer.unref();
      }
    }
  }
}
