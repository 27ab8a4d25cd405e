import type { ProducerState } from './producer-state.ts';
import type { Store } from './store.ts';
import type { PlacedBatch, TailCache } from './tail-cache.ts';

/** Called when a partition has more readable bytes. */
export type AppendListener = (bytes: number) => void;

/**
 * One partition's log: its bounds and producers in memory, its batches in the store. `nextOffset` counts batches that
 * wait for their commit; readers see only what is below `readableTo`, which is on disk.
 */
export class PartitionLog {
  readonly log: number;
  startOffset = 0;
  readableTo = 0;
  nextOffset = 0;
  /** Bytes of the batches on disk. */
  bytes = 0;
  compactedTo = 0;
  private pending: PlacedBatch[] = [];
  private producers = new Map<number, ProducerState>();
  private readonly changedProducers = new Set<number>();
  private readonly listeners = new Set<AppendListener>();
  private readonly store: Store;
  private readonly tails: TailCache;

  constructor(store: Store, log: number, tails: TailCache) {
    this.store = store;
    this.log = log;
    this.tails = tails;
    this.load();
  }

  private load(): void {
    const { startOffset, nextOffset, compactedTo } = this.store.readPartition(this.log);
    const { bytes, lastOffset } = this.store.summary(this.log);
    this.startOffset = startOffset;
    this.readableTo = Math.max(nextOffset, (lastOffset ?? -1) + 1);
    this.nextOffset = this.readableTo;
    this.bytes = bytes;
    this.compactedTo = compactedTo;
    this.producers = new Map(this.store.readProducers(this.log));
  }

  /** Goes back to what is on disk, after a transaction that failed. */
  forgetUncommitted(): void {
    this.nextOffset = this.readableTo;
    this.pending = [];
    this.producers = new Map(this.store.readProducers(this.log));
    this.changedProducers.clear();
  }

  producer(id: number): ProducerState | undefined {
    return this.producers.get(id);
  }

  rememberProducer(id: number, state: ProducerState): void {
    this.producers.set(id, state);
    this.changedProducers.add(id);
  }

  forgetProducersBefore(updatedMs: number): void {
    for (const [id, state] of this.producers) if (state.updatedMs < updatedMs) this.producers.delete(id);
  }

  /** Reserves the offsets of a batch that will be committed next. */
  reserve(offsets: number): number {
    const baseOffset = this.nextOffset;
    this.nextOffset += offsets;
    return baseOffset;
  }

  /** Keeps a batch at its reserved place until its commit shows it to readers. */
  hold(batch: PlacedBatch): void {
    this.pending.push(batch);
  }

  /** Inside the transaction that stores the reserved batches. */
  saveProducers(): void {
    for (const id of this.changedProducers) {
      const state = this.producers.get(id);
      if (state !== undefined) this.store.saveProducer(this.log, id, state);
    }
  }

  /** After the transaction: what was reserved is on disk and can be read. */
  committed(): void {
    const batches = this.pending;
    this.pending = [];
    this.changedProducers.clear();
    let bytes = 0;
    for (const batch of batches) {
      this.tails.append(this.log, batch);
      bytes += batch.bytes.length;
    }
    this.readableTo = this.nextOffset;
    this.bytes += bytes;
    for (const listener of this.listeners) listener(bytes);
  }

  /** Committed batches from the one that holds `offset` on, when all of them are in memory. */
  cachedFrom(offset: number): Iterable<PlacedBatch> | undefined {
    return this.tails.from(this.log, offset);
  }

  /** After a transaction that rewrote batches before `offset`. */
  rewrittenBelow(offset: number): void {
    this.tails.dropBelow(this.log, offset);
  }

  /** Tells whoever waits for records that the log is gone or has other bounds. */
  wake(): void {
    for (const listener of this.listeners) listener(0);
  }

  onAppend(listener: AppendListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Moves the start and removes the batches that lie wholly before it, in a transaction of its own. */
  deleteBelow(offset: number): void {
    const freed = this.store.transaction(() => {
      const bytes = this.store.bytesBelow(this.log, offset);
      this.store.deleteBatchesBelow(this.log, offset);
      this.store.saveBounds(this.log, offset, this.readableTo);
      return bytes;
    });
    this.startOffset = offset;
    this.bytes -= freed;
    this.tails.dropBelow(this.log, offset);
  }
}
