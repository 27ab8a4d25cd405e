import type { GivenUp, GiveUpReason } from '../../core/event-source-policy.ts';
import type { Portion } from './partition-buffer.ts';
import type { PartitionState } from './partition-state.ts';

export interface BatchLimits {
  readonly batchSize: number;
  readonly batchWindowMs: number;
  /** JSON characters of an event at most. */
  readonly maxJsonLength: number;
  /** Records older than this are not delivered; `Infinity` without a limit. */
  readonly maxRecordAgeMs: number;
}

export interface Part {
  readonly state: PartitionState;
  readonly portion: Portion;
}

/** Records of one partition that are not delivered any more. */
export interface GivenUpPart {
  readonly state: PartitionState;
  readonly givenUp: GivenUp;
}

/**
 * The records of the next invocation, or what is to be given up first, or the time at which there may be an invocation;
 * `Infinity`: when something arrives.
 */
export type NextInvocation =
  | { readonly parts: readonly Part[] }
  | { readonly undeliverable: GivenUpPart }
  | { readonly atMs: number };

/**
 * Gathers the next invocation of one mapping. A batch is due when it is full by records or size, or when its oldest
 * record has waited for the window. A partition whose last delivery failed goes alone, so that one record at fault
 * does not make its neighbours' partitions fail with it, and gets the batch that failed again, not a larger one.
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
  const bounds = { ...limits, oldestTimeMs: nowMs - limits.maxRecordAgeMs };
  for (const state of partitions) {
    if (state.busy || state.revoked || state.buffer.records === 0) continue;
    const givenUp = undeliverable(state, bounds);
    if (givenUp !== null) return { undeliverable: { state, givenUp } };
    if (state.retryAtMs > nowMs) {
      atMs = Math.min(atMs, state.retryAtMs);
      continue;
    }
    if (state.retries.length > 0) return { parts: gather([state], bounds).parts };
    ready.push(state);
    records += state.buffer.records;
    oldestMs = Math.min(oldestMs, state.buffer.waitingSinceMs);
  }
  if (ready.length === 0) return { atMs };
  const dueMs = oldestMs + limits.batchWindowMs;
  if (dueMs > nowMs && records < limits.batchSize) {
    const full = limits.batchWindowMs > 0 && gather(ready, bounds).full;
    if (!full) return { atMs: Math.min(atMs, dueMs) };
  }
  return { parts: gather(ready, bounds).parts };
}

interface Bounds extends BatchLimits {
  /** Records from before are too old. */
  readonly oldestTimeMs: number;
}

/** The records at the head that cannot be delivered: too old, or one that is too large for an event of its own. */
function undeliverable(state: PartitionState, { oldestTimeMs, maxJsonLength }: Bounds): GivenUp | null {
  const { buffer, retries } = state;
  const { head } = buffer;
  if (head === null) return null;
  const end = retries[0]?.end ?? Number.POSITIVE_INFINITY;
  const invocations = retries[0]?.failures ?? 0;
  const upTo = (reason: GiveUpReason, portion: Portion | null) =>
    portion === null ? null : { first: portion.first, end: portion.end, reason, invocations };
  if (head.timestampMs < oldestTimeMs) {
    const times = { from: Number.NEGATIVE_INFINITY, to: oldestTimeMs };
    return upTo('RecordAgeExceeded', buffer.peek({ records: buffer.records, jsonLength: maxJsonLength, end, times }));
  }
  if (head.jsonLength <= maxJsonLength) return null;
  return upTo('MaximumPayloadSizeExceeded', buffer.peek({ records: 1, jsonLength: 0, end }));
}

function gather(ready: readonly PartitionState[], bounds: Bounds): { readonly parts: Part[]; readonly full: boolean } {
  const { batchSize, maxJsonLength, oldestTimeMs } = bounds;
  const parts: Part[] = [];
  let records = 0;
  let jsonLength = 0;
  for (const state of ready) {
    const portion = state.buffer.peek({
      records: batchSize - records,
      jsonLength: maxJsonLength - jsonLength,
      ...(state.retries[0] === undefined ? {} : { end: state.retries[0].end }),
      ...(Number.isFinite(oldestTimeMs) ? { times: { from: oldestTimeMs, to: Number.POSITIVE_INFINITY } } : {}),
    });
    if (portion === null) continue;
    if (parts.length > 0 && jsonLength + portion.jsonLength > maxJsonLength) return { parts, full: true };
    parts.push({ state, portion });
    records += portion.records;
    jsonLength += portion.jsonLength;
    if (records >= batchSize || portion.records < state.buffer.records) return { parts, full: true };
  }
  return { parts, full: false };
}
