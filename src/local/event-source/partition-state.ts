import { PartitionBuffer } from './partition-buffer.ts';
import type { RecordChunk } from './record-chunk.ts';

/** One assigned partition: what is fetched, delivered, settled and committed of it. */
export class PartitionState {
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
  /** True while an invocation holds records of the partition. */
  busy = false;
  /** Failed deliveries of the record at the head. */
  failures = 0;
  /** Not delivered before, ms since 1970. */
  retryAtMs = 0;
  /** Not fetched before, ms since 1970. */
  fetchAtMs = 0;
  /** Set when the partition is no longer this member's; nothing of it counts any more. */
  revoked = false;

  constructor(place: { readonly topic: string; readonly partition: number }, offset: number) {
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

  get lagRecords(): number {
    return Math.max(0, this.highWatermark - this.position);
  }

  append(chunks: readonly RecordChunk[], nowMs: number): void {
    for (const chunk of chunks) {
      this.buffer.append(chunk, nowMs);
      this.fetchOffset = chunk.nextOffset;
    }
  }
}
