import { type Backoff, retryDelay } from '../../core/retry-delay.ts';
import type { Failure } from './failure.ts';

export interface CircuitBreakerOptions {
  /** How waits grow while it is open. */
  readonly backoff: Backoff;
  /** ms by a clock that only goes forwards. */
  readonly clock: () => number;
  readonly random: () => number;
}

/** Failures in a row, over all partitions, that open the breaker: fewer may be the trouble of one partition. */
const threshold = 3;
/** How soon to ask again while another partition finds out whether the dependency is back, ms. */
const askAgainMs = 50;

/**
 * What the partitions of one function environment know of its dependencies together. After failures in a row it is
 * open: nobody tries, until the wait is over and one partition tries for all. Its success closes the breaker.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #closedAtMs = 0;
  #probing = false;
  #last: Failure | null = null;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** The latest failure, while failures follow each other. */
  get lastFailure(): Failure | null {
    return this.#last;
  }

  /** Time to wait before asking again, ms; 0 lets the caller try, who then tells how it ended. */
  ask(): number {
    if (this.#failures < threshold) return 0;
    const waitMs = this.#closedAtMs - this.#options.clock();
    if (waitMs > 0) return waitMs;
    if (this.#probing) return askAgainMs;
    this.#probing = true;
    return 0;
  }

  /** The dependency answered. */
  succeeded(): void {
    this.#failures = 0;
    this.#probing = false;
    this.#last = null;
  }

  failed(failure: Failure): void {
    this.#failures += 1;
    this.#probing = false;
    this.#last = failure;
    const { backoff, clock, random } = this.#options;
    const attempt = Math.max(1, this.#failures - threshold + 1);
    this.#closedAtMs = clock() + retryDelay(backoff, attempt, random());
  }
}
