import type { RetryBatch } from '../../core/event-source-policy.ts';
import type { TopicPartition } from '../../kafka/group-member.ts';
import type { ReadPartition } from '../../kafka/group-reader.ts';
import { PartitionBuffer } from './partition-buffer.ts';
import { emptyChunk, type RecordChunk } from './record-chunk.ts';

/** One assigned partition: what is fetched, delivered, settled and committed of it. */
export class PartitionState implements ReadPartition {
  readonly topic: string;
  readonly partition: number;
  /** `<topic>-<partition>`. */
  readonly name: string;
  readonly buffer: PartitionBuffer;
  /** Next offset to fetch. */
  fetchOffset: number;
  committed: number;
  /** Offset after the last record in the log, as far as known. */
  highWatermark: number;
  /** True while an invocation, or the way to a destination, holds records of the partition. */
  busy = false;
  /** Batches that failed before, in order; what lies behind them was never delivered. */
  retries: readonly RetryBatch[] = [];
  /** Deliveries without a result in a row. */
  misses = 0;
  /** Set when the records at the head may have ended the function's environment: they are invoked apart from others. */
  alone = false;
  /** Not delivered before, ms since 1970. */
  retryAtMs = 0;
  /** Not fetched before, ms of `performance.now()`. */
  fetchAtMs = 0;
  /** Set when the partition is no longer this member's; nothing of it counts any more. */
  revoked = false;

  constructor(place: TopicPartition, offset: number) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.name = `${place.topic}-${place.partition}`;
    this.buffer = new PartitionBuffer(offset);
    this.fetchOffset = offset;
    this.committed = offset;
    this.highWatermark = offset;
  }

  /** First offset that is not settled. */
  get position(): number {
    return this.buffer.position;
  }

  get occupied(): boolean {
    return this.busy || this.buffer.records > 0;
  }

  get lagRecords(): number {
    return Math.max(0, this.highWatermark - this.position);
  }

  /** Takes in what became of records delivered up to `end`: what goes out again comes before anything else. */
  delivered(end: number, { next, retries }: { readonly next: number; readonly retries: readonly RetryBatch[] }): void {
    this.buffer.settle(next);
    this.#replaceRetries([...retries, ...this.retries.filter((batch) => batch.end > end)]);
  }

  /** Leaves records before `next` behind, without a delivery. */
  passOver(next: number): void {
    this.buffer.settle(next);
    this.#replaceRetries(this.retries.filter(({ end }) => end > next));
  }

  /** Nothing can be read up to this offset; the position follows once what lies before is settled. */
  passDamage(nextOffset: number, nowMs: number): void {
    this.append([emptyChunk(nextOffset)], nowMs);
  }

  append(chunks: readonly RecordChunk[], nowMs: number): void {
    for (const chunk of chunks) {
      this.buffer.append(chunk, nowMs);
      this.fetchOffset = chunk.nextOffset;
    }
  }

  #replaceRetries(retries: readonly RetryBatch[]): void {
    this.retries = retries;
    if (retries.length === 0) this.alone = false;
  }
}
