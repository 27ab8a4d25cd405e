import { type Backoff, retryDelay } from './retry-delay.ts';

/** How an invocation for a batch of records ended. */
export type InvocationOutcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  /** The function threw, ran out of time or memory, or its environment ended. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** Records of one partition in an invocation: offsets from `first` up to, not including, `end`. */
export interface Delivery {
  /** `<topic>-<partition>`. */
  readonly partition: string;
  readonly first: number;
  readonly end: number;
  /** Deliveries of the record at `first` that failed before this one. */
  readonly failures: number;
}

/** What happens to one partition next. */
export interface Decision {
  readonly partition: string;
  /** First record that is not settled; everything before it is committed. */
  readonly next: number;
  /** Wait before the next delivery, ms; `null` when the whole delivery is settled. */
  readonly retryInMs: number | null;
  /** Failed deliveries of the record at `next`. */
  readonly failures: number;
}

export interface Verdict {
  readonly decisions: readonly Decision[];
  /** Why the answer counts as a failure of the whole batch, when it does. */
  readonly malformed: string | null;
}

export interface PolicySurroundings {
  readonly backoff: Backoff;
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
}

/**
 * Decides what is committed and what is delivered again. This is the whole failure policy of the event source: records
 * are retried without end, as the default of a mapping without a retry limit; attempts, age, bisecting and on-failure
 * destinations have their place here.
 *
 * Answers are read as Lambda reads them: nothing, `null`, or no or empty `batchItemFailures` is success. An identifier
 * that is empty, misspelt or names a record outside the batch makes the whole batch a failure.
 */
export function judge(
  outcome: InvocationOutcome,
  deliveries: readonly Delivery[],
  around: PolicySurroundings,
): Verdict {
  if (outcome.kind === 'failed') return { decisions: allFailed(deliveries, around), malformed: null };
  const lowest = lowestFailures(outcome.answer, deliveries);
  if (typeof lowest === 'string') return { decisions: allFailed(deliveries, around), malformed: lowest };
  const decisions = deliveries.map((delivery) => {
    const failed = lowest.get(delivery.partition);
    return failed === undefined ? settled(delivery) : failedFrom(delivery, failed, around);
  });
  return { decisions, malformed: null };
}

function settled({ partition, end }: Delivery): Decision {
  return { partition, next: end, retryInMs: null, failures: 0 };
}

function allFailed(deliveries: readonly Delivery[], around: PolicySurroundings): Decision[] {
  return deliveries.map((delivery) => failedFrom(delivery, delivery.first, around));
}

function failedFrom(delivery: Delivery, offset: number, { backoff, random }: PolicySurroundings): Decision {
  // A record further on that fails now has not failed before.
  const failures = offset === delivery.first ? delivery.failures + 1 : 1;
  const retryInMs = retryDelay(backoff, failures, random());
  return { partition: delivery.partition, next: offset, retryInMs, failures };
}

/** Lowest failed offset by partition, or why the answer cannot be read. */
function lowestFailures(answer: unknown, deliveries: readonly Delivery[]): Map<string, number> | string {
  const lowest = new Map<string, number>();
  if (answer === undefined || answer === null || answer === '') return lowest;
  if (typeof answer !== 'object') return lowest;
  const failures = (answer as { readonly batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return lowest;
  if (!Array.isArray(failures)) return 'batchItemFailures is not a list';
  for (const failure of failures as readonly unknown[]) {
    const found = readIdentifier(failure);
    if (typeof found === 'string') return found;
    const delivery = deliveries.find(({ partition }) => partition === found.partition);
    if (delivery === undefined) return `partition "${found.partition}" is not part of the batch`;
    const { partition, offset } = found;
    if (offset < delivery.first || offset >= delivery.end) {
      return `offset ${offset} of ${partition} is outside the batch, ${delivery.first} to ${delivery.end - 1}`;
    }
    lowest.set(partition, Math.min(offset, lowest.get(partition) ?? offset));
  }
  return lowest;
}

function readIdentifier(failure: unknown): { readonly partition: string; readonly offset: number } | string {
  const identifier = (failure as { readonly itemIdentifier?: unknown } | null)?.itemIdentifier;
  if (typeof identifier !== 'object' || identifier === null) return 'an itemIdentifier is missing or not an object';
  const { partition, offset } = identifier as { readonly partition?: unknown; readonly offset?: unknown };
  if (typeof partition !== 'string' || partition === '') return 'itemIdentifier.partition is missing or empty';
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset)) return 'itemIdentifier.offset is not a whole number';
  return { partition, offset };
}
