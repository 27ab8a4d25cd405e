import type { Portion } from './partition-buffer.ts';
import type { PartitionState } from './partition-state.ts';

export interface BatchLimits {
  readonly batchSize: number;
  readonly batchWindowMs: number;
  /** JSON characters of an event at most. */
  readonly maxJsonLength: number;
}

export interface Part {
  readonly state: PartitionState;
  readonly portion: Portion;
}

/** The records of the next invocation, or the time at which there may be one; `Infinity`: when something arrives. */
export type NextInvocation = { readonly parts: readonly Part[] } | { readonly atMs: number };

/**
 * Gathers the next invocation of one mapping. A batch is due when it is full by records or size, or when its oldest
 * record has waited for the window. A partition whose last delivery failed goes alone, so that one record at fault
 * does not make its neighbours' partitions fail with it.
 *
 * @param partitions in the order in which they take their turn
 */
export function nextInvocation(
  partitions: readonly PartitionState[],
  limits: BatchLimits,
  nowMs: number,
): NextInvocation {
  let atMs = Number.POSITIVE_INFINITY;
  let oldestMs = Number.POSITIVE_INFINITY;
  let records = 0;
  const ready: PartitionState[] = [];
  for (const state of partitions) {
    if (state.busy || state.revoked || state.buffer.records === 0) continue;
    if (state.retryAtMs > nowMs) {
      atMs = Math.min(atMs, state.retryAtMs);
      continue;
    }
    if (state.failures > 0) return { parts: gather([state], limits).parts };
    ready.push(state);
    records += state.buffer.records;
    oldestMs = Math.min(oldestMs, state.buffer.waitingSinceMs);
  }
  if (ready.length === 0) return { atMs };
  const dueMs = oldestMs + limits.batchWindowMs;
  if (dueMs > nowMs && records < limits.batchSize) {
    const full = limits.batchWindowMs > 0 && gather(ready, limits).full;
    if (!full) return { atMs: Math.min(atMs, dueMs) };
  }
  return { parts: gather(ready, limits).parts };
}

function gather(
  ready: readonly PartitionState[],
  limits: BatchLimits,
): { readonly parts: Part[]; readonly full: boolean } {
  const parts: Part[] = [];
  let records = 0;
  let jsonLength = 0;
  for (const state of ready) {
    const portion = state.buffer.peek(limits.batchSize - records, limits.maxJsonLength - jsonLength);
    if (portion === null) continue;
    if (parts.length > 0 && jsonLength + portion.jsonLength > limits.maxJsonLength) return { parts, full: true };
    parts.push({ state, portion });
    records += portion.records;
    jsonLength += portion.jsonLength;
    if (records >= limits.batchSize || portion.records < state.buffer.records) return { parts, full: true };
  }
  return { parts, full: false };
}
