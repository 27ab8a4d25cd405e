import type { TopicPolicy } from '../topic-config.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Store } from './store.ts';

const step = 1_000;

/**
 * Where the log should start so that only expired batches, and what exceeds the size, are gone. Whole batches, oldest
 * first; a batch is as old as its newest record.
 */
export function retainedFrom(store: Store, log: PartitionLog, limits: RetentionLimits): number {
  let from = log.startOffset;
  let excess = limits.maxBytes < 0 ? 0 : log.bytes - limits.maxBytes;
  for (;;) {
    const places = store.placesFrom(log.log, from, step);
    for (const place of places) {
      // Kafka keeps at least the size asked for, so a batch goes only when what follows it is enough.
      const expired = place.maxTimestamp < limits.olderThanMs;
      if (!expired && place.size > excess) return from;
      excess -= place.size;
      from = place.lastOffset + 1;
    }
    if (places.length < step) return from;
  }
}

export interface RetentionLimits {
  /** Batches whose newest record is older are expired; minus infinity keeps all. */
  readonly olderThanMs: number;
  /** -1 is unlimited. */
  readonly maxBytes: number;
}

export const limitsOf = (policy: TopicPolicy, nowMs: number): RetentionLimits => ({
  olderThanMs: policy.retentionMs < 0 ? Number.NEGATIVE_INFINITY : nowMs - policy.retentionMs,
  maxBytes: policy.retentionBytes,
});

/** Deletes what the topic's policy no longer keeps; answers how many bytes that were. */
export function applyRetention(store: Store, log: PartitionLog, limits: RetentionLimits): number {
  const before = log.bytes;
  const from = Math.min(retainedFrom(store, log, limits), log.readableTo);
  if (from > log.startOffset) log.deleteBelow(from);
  return before - log.bytes;
}
