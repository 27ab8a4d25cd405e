/** How waits between attempts grow. */
export interface Backoff {
  /** Upper bound of the first wait, ms. */
  readonly baseMs: number;
  /** Upper bound of every wait, ms. */
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: a wait drawn evenly from 0 to `baseMs * 2^(attempt - 1)`, at most `capMs`.
 * Full jitter spreads callers that failed together better than a fixed fraction does.
 *
 * @param attempt failed attempts so far, 1 or more
 * @param random a number from 0 (included) to 1 (excluded)
 * @returns ms, a whole number
 */
export function retryDelay(backoff: Backoff, attempt: number, random: number): number {
  const ceiling = Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.floor(ceiling * random);
}
