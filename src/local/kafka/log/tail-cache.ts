/** A batch as readers get it, and the offsets it takes up. */
export interface PlacedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly bytes: Buffer;
}

/** A piece of memory that batches of all partitions are copied into, in the order of their commits. */
interface Slab {
  readonly memory: Buffer;
  /** Bytes of the batches in it. */
  used: number;
  /** Bytes it counts for: its batches and what each of them costs beside its bytes. */
  charged: number;
  readonly logs: Set<number>;
}

interface CachedBatch extends PlacedBatch {
  readonly slab: Slab;
}

/** What a cached batch costs beside its bytes: its view and its place in the list. */
const entryBytes = 256;
const slabsAtMost = 32;

/**
 * The newest batches of every partition in memory, so that one read by many groups is read from disk by none. What a
 * partition has here is the end of its log without a gap. The whole is bounded: the slab that was filled first goes first,
 * with all its batches. Batches are copied into slabs, because a batch of 100 bytes would keep the whole request alive that
 * brought it, and because one piece of memory costs the garbage collector less than a thousand. A slab is never written
 * over: an answer that is still on its way to a slow client may point into it.
 */
export class TailCache {
  private readonly tails = new Map<number, CachedBatch[]>();
  private readonly slabs: Slab[] = [];
  private readonly maxBytes: number;
  private held = 0;

  /** With 0 bytes nothing is kept. */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Memory of the slabs, which is never more than the bound. */
  get bytes(): number {
    return this.held;
  }

  /** Takes the batch that follows the log's last one. Only what is on disk may come here: readers get it at once. */
  append(log: number, batch: PlacedBatch): void {
    const cost = batch.bytes.length + entryBytes;
    if (cost > this.maxBytes / 2) {
      this.drop(log);
      return;
    }
    const slab = this.slabWith(cost);
    const bytes = slab.memory.subarray(slab.used, slab.used + batch.bytes.length);
    bytes.set(batch.bytes);
    slab.used += bytes.length;
    slab.charged += cost;
    slab.logs.add(log);
    const entry = { baseOffset: batch.baseOffset, lastOffset: batch.lastOffset, bytes, slab };
    const tail = this.tails.get(log);
    if (tail === undefined) this.tails.set(log, [entry]);
    else tail.push(entry);
  }

  /** Batches from the one that holds `offset` on to the end of the log; undefined when they are not all here. */
  from(log: number, offset: number): Iterable<PlacedBatch> | undefined {
    const tail = this.tails.get(log);
    if (tail === undefined || offset < tail[0]!.baseOffset) return undefined;
    let low = 0;
    let high = tail.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (tail[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return following(tail, low);
  }

  /** Forgets the batches that lie wholly before `offset`. */
  dropBelow(log: number, offset: number): void {
    this.dropWhile(log, (batch) => batch.lastOffset < offset);
  }

  /** Forgets all batches of a log. */
  drop(log: number): void {
    this.tails.delete(log);
  }

  private slabWith(bytes: number): Slab {
    const newest = this.slabs.at(-1);
    if (newest !== undefined && newest.charged + bytes <= newest.memory.length) return newest;
    const size = Math.max(Math.floor(this.maxBytes / slabsAtMost), bytes);
    while (this.held + size > this.maxBytes) this.dropOldestSlab();
    const slab = { memory: Buffer.allocUnsafeSlow(size), used: 0, charged: 0, logs: new Set<number>() };
    this.slabs.push(slab);
    this.held += size;
    return slab;
  }

  private dropOldestSlab(): void {
    const oldest = this.slabs.shift()!;
    this.held -= oldest.memory.length;
    for (const log of oldest.logs) this.dropWhile(log, (batch) => batch.slab === oldest);
  }

  private dropWhile(log: number, goes: (batch: CachedBatch) => boolean): void {
    const tail = this.tails.get(log);
    if (tail === undefined) return;
    let count = 0;
    while (count < tail.length && goes(tail[count]!)) count += 1;
    if (count === tail.length) this.tails.delete(log);
    else tail.splice(0, count);
  }
}

function* following(tail: readonly PlacedBatch[], first: number): Generator<PlacedBatch> {
  for (let index = first; index < tail.length; index += 1) yield tail[index]!;
}
