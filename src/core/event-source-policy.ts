import type { Consumer } from '../catalogue/model.ts';
import { type DeliveredRecords, type ReadAnswer, readAnswer } from './event-source-answer.ts';
import { type Backoff, retryDelay } from './retry-delay.ts';

/** How an invocation for a batch of records ended. */
export type InvocationOutcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  /** The function threw, ran out of time or memory, or its environment ended: a function error, which counts. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** The function was not invoked, or not to its end for reasons of another invocation: counts for nothing. */
  | { readonly kind: 'not-run'; readonly code: string; readonly message: string };

/** Records of one partition that go out again together. */
export interface RetryBatch {
  /** Offset after the last record. */
  readonly end: number;
  /** Invocations that these records failed in as this batch. */
  readonly failures: number;
}

/** Records of one partition in an invocation: offsets from `first` up to, not including, `end`. */
export interface Delivery extends DeliveredRecords {
  readonly first: number;
  readonly end: number;
  readonly records: number;
  /** Failed invocations of this batch before this one. */
  readonly failures: number;
  /** Deliveries of the partition without a result in a row, before this one; waits grow with them. */
  readonly misses: number;
}

export type GiveUpReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

/** Records that are not delivered any more: from `first` up to, not including, `end`. */
export interface GivenUp {
  readonly first: number;
  readonly end: number;
  readonly reason: GiveUpReason;
  /** Invocations that they failed in. */
  readonly invocations: number;
}

/** What happens to one partition next. */
export interface Decision {
  readonly partition: string;
  /** First record without a fate; everything before it is settled. */
  readonly next: number;
  /** Records from `next` on to leave at the on-failure destination. */
  readonly givenUp: GivenUp | null;
  /** What goes out again, in order. */
  readonly retries: readonly RetryBatch[];
  /** Wait before the next delivery, ms. */
  readonly retryInMs: number;
  readonly misses: number;
}

export interface Verdict {
  readonly decisions: readonly Decision[];
  /** Why the answer counts as a failure of the whole batch, when it does. */
  readonly malformed: string | null;
}

/** A mapping's controls. */
export interface RetryRules {
  /** Retries of a failed batch; `Infinity` without a limit. */
  readonly retryLimit: number;
  readonly bisectOnError: boolean;
  readonly reportsItemFailures: boolean;
}

export interface PolicySurroundings extends RetryRules {
  readonly backoff: Backoff;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/** Retries that Lambda allows when no limit is set and there is an on-failure destination. */
const retriesTowardsDestination = 10;

/** The controls that a consumer declares, with Lambda's defaults. */
export function retryRulesOf(consumer: Consumer): RetryRules {
  const { retryAttempts, onFailure, bisectOnError = false, reportsItemFailures = true } = consumer;
  const unlimited = onFailure === undefined ? Number.POSITIVE_INFINITY : retriesTowardsDestination;
  return { retryLimit: retryAttempts < 0 ? unlimited : retryAttempts, bisectOnError, reportsItemFailures };
}

/**
 * Decides what is settled, what goes out again and in which batches, and what is given up. Per partition:
 *
 * - What the answer does not name is settled up to the lowest failed record; the rest goes out again.
 * - A batch of several records is halved when it fails and the mapping bisects; halving uses up no retries.
 * - Otherwise the failure counts, and with its retries used up the rest of the batch is given up as a whole.
 * - What was not run, and what waits for a dependency, goes out again without counting.
 */
export function judge(
  outcome: InvocationOutcome,
  deliveries: readonly Delivery[],
  around: PolicySurroundings,
): Verdict {
  const answer = outcome.kind === 'answered' && around.reportsItemFailures ? outcome.answer : null;
  const read = outcome.kind === 'answered' ? readAnswer(answer, deliveries) : null;
  const decisions = deliveries.map((delivery) => decide(delivery, failureIn(delivery, outcome, read), around));
  return { decisions, malformed: typeof read === 'string' ? read : null };
}

interface Failure {
  /** First record that failed. */
  readonly from: number;
  readonly counts: boolean;
}

/** `null` when the partition's records succeeded. */
function failureIn(
  { partition, first }: Delivery,
  { kind }: InvocationOutcome,
  read: ReadAnswer | string | null,
): Failure | null {
  if (read === null || typeof read === 'string') return { from: first, counts: kind !== 'not-run' };
  const from = read.lowestFailed.get(partition);
  return from === undefined ? null : { from, counts: !read.waiting.has(partition) };
}

function decide(delivery: Delivery, failure: Failure | null, around: PolicySurroundings): Decision {
  const { partition, end } = delivery;
  if (failure === null) return { partition, next: end, givenUp: null, retries: [], retryInMs: 0, misses: 0 };
  const progress = failure.from > delivery.first;
  const misses = progress ? 1 : delivery.misses + 1;
  const retryInMs = retryDelay(around.backoff, misses, around.random());
  const again = { partition, next: failure.from, givenUp: null, retryInMs, misses };
  // A record further on that fails now has not failed before.
  const before = progress ? 0 : delivery.failures;
  if (!failure.counts) return { ...again, retries: [{ end, failures: before }] };
  if (around.bisectOnError && delivery.records > 1) return { ...again, retries: parts(delivery, progress) };
  const failures = before + 1;
  if (failures <= around.retryLimit) return { ...again, retries: [{ end, failures }] };
  const givenUp: GivenUp = { first: failure.from, end, reason: 'RetryAttemptsExhausted', invocations: failures };
  return { ...again, givenUp, retries: [], retryInMs: 0 };
}

/** A batch that got somewhere is parted where it stopped, any other in the middle. */
function parts({ end, offsets }: Delivery, progress: boolean): readonly RetryBatch[] {
  if (progress) return [{ end, failures: 0 }];
  const list = offsets();
  const middle = list[list.length >> 1] as number;
  return [
    { end: middle, failures: 0 },
    { end, failures: 0 },
  ];
}
