import type { CloudEventAttributes } from '../../codec/cloud-event.ts';

/** One decoded record as a consumer sees it. */
export interface Item<T> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka timestamp, ms since 1970-01-01 UTC. */
  readonly timestampMs: number;
  readonly key: string | null;
  /** CloudEvents attributes from the headers; `id` is never empty. */
  readonly event: CloudEventAttributes;
  readonly value: T;
}

/** Why a record or a part of it had no effect; recorded, never silent. */
export type SkipReason = 'duplicate' | 'filtered' | 'rejected' | 'addressed-to-another-consumer';

export type Outcome = { readonly fate: 'applied' } | { readonly fate: 'skipped'; readonly reason: SkipReason };

/** Consecutive records of one partition, ascending offsets. */
export interface PartitionBatch<T> {
  readonly topic: string;
  readonly partition: number;
  readonly items: readonly Item<T>[];
}

/**
 * What a consumer does with records. `apply` is all or nothing: it returns one outcome an item when every effect is
 * durable, or throws and has left no effect (or only idempotent ones). The thrown `AppError`'s failure kind decides:
 * poison: the engine halves the batch until the record at fault stands alone, and dead-letters that one;
 * transient: retried with backoff within the remaining time, then dead-lettered; dependency: the partition pauses.
 */
export interface BatchProcessor<T> {
  apply(batch: PartitionBatch<T>, signal: AbortSignal): Promise<readonly Outcome[]>;
}
