import type { Consumer } from './model.ts';

/** Time of an invocation that the batch engine does not wait: its margin and its longest pause between attempts. */
const notWaitedMs = 6_000;

/**
 * How long a dependency may be away until a mapping gives the waiting records up, ms: while it is away, every
 * invocation lasts until shortly before its time limit and costs one retry. Infinite without a limit of retries.
 */
export function outlastsMs({ retryAttempts, timeoutMs }: Pick<Consumer, 'retryAttempts' | 'timeoutMs'>): number {
  if (retryAttempts < 0) return Number.POSITIVE_INFINITY;
  return (retryAttempts + 1) * Math.max(0, timeoutMs - notWaitedMs);
}

/** Name of the function that switches mappings off and on. */
export const mappingBreaker = 'mapping-breaker';

/** Tag of a mapping that carries what is known of an outage, see `src/core/mapping-breaker.ts`. */
export const outageTag = 'event-bus:outage';
