import type { LambdaContext } from './msk-event.ts';

/** Ends work shortly before the function's time limit. */
export class Deadline {
  readonly #context: LambdaContext;
  readonly #marginMs: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(context: LambdaContext, marginMs: number) {
    this.#context = context;
    this.#marginMs = marginMs;
    this.#timer = setTimeout(() => this.#controller.abort(), Math.max(0, this.remainingMs()));
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly remainingMs = (): number => this.#context.getRemainingTimeInMillis() - this.#marginMs;

  clear(): void {
    clearTimeout(this.#timer);
  }
}
