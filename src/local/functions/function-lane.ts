import { AppError } from '../../core/errors/app-error.ts';
import type { FunctionOptions } from './function-options.ts';
import { FunctionWorker } from './function-worker.ts';

const firstRestartMs = 100;
const maxRestartMs = 10_000;

/** Keeps one environment of a function: started when it is needed, and again with backoff when it ended. */
export class FunctionLane {
  readonly #options: FunctionOptions;
  readonly #onRestart: (error: AppError, waitMs: number) => void;
  #worker: FunctionWorker | null = null;
  #failedStarts = 0;
  #startAtMs = 0;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(options: FunctionOptions, onRestart: (error: AppError, waitMs: number) => void) {
    this.#options = options;
    this.#onRestart = onRestart;
  }

  /** The current environment, started when there is none and its wait is over. */
  async worker(): Promise<FunctionWorker> {
    for (;;) {
      if (this.#closed) throw closedError(this.#options.name, 'not started any more');
      if (this.#worker !== null) return this.#worker;
      const waitMs = this.#startAtMs - performance.now();
      if (waitMs <= 0) return this.start();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  start(): FunctionWorker {
    const worker = new FunctionWorker(this.#options, {
      onAnswered: () => {
        this.#failedStarts = 0;
      },
      onRetired: (error) => this.#retired(worker, error),
    });
    this.#worker = worker;
    return worker;
  }

  /** Ends the environment for now; it is started again when it is needed. */
  async rest(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.close(closedError(this.#options.name, 'not needed for now'));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.rest();
  }

  #retired(worker: FunctionWorker, error: AppError): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#failedStarts += 1;
    const waitMs = Math.min(maxRestartMs, firstRestartMs * 2 ** (this.#failedStarts - 1));
    this.#startAtMs = performance.now() + waitMs;
    this.#onRestart(error, waitMs);
  }
}

function closedError(name: string, what: string): AppError {
  return new AppError('EVENTBUS_FUNCTION_CLOSED', `${name}: ${what}`, { details: { function: name } });
}
