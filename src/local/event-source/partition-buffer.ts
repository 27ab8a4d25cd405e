import type { RecordChunk } from './record-chunk.ts';

/** Consecutive records of one chunk. */
export interface Segment {
  readonly chunk: RecordChunk;
  /** Index of the first record, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Records for one invocation, from the head of a partition's buffer. */
export interface Portion {
  readonly segments: readonly Segment[];
  readonly records: number;
  readonly jsonLength: number;
  readonly first: number;
  /** Offset after the last record; gaps behind it belong to the portion. */
  readonly end: number;
}

interface Waiting {
  readonly chunk: RecordChunk;
  readonly arrivedAtMs: number;
}

/** Fetched records of one partition that are not settled, in order. They stay until the function has settled them. */
export class PartitionBuffer {
  readonly #waiting: Waiting[] = [];
  /** First record of the head chunk that is not settled. */
  #head = 0;
  #records = 0;
  #bytes = 0;
  /** First offset that is not settled. */
  #position: number;

  constructor(position: number) {
    this.#position = position;
  }

  get records(): number {
    return this.#records;
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  get position(): number {
    return this.#position;
  }

  /** When the oldest record was fetched; `Infinity` when there is none. */
  get waitingSinceMs(): number {
    return this.#records === 0 ? Number.POSITIVE_INFINITY : (this.#waiting[0]?.arrivedAtMs ?? Number.POSITIVE_INFINITY);
  }

  append(chunk: RecordChunk, nowMs: number): void {
    if (chunk.offsets.length === 0 && this.#records === 0) {
      this.#position = Math.max(this.#position, chunk.nextOffset);
      return;
    }
    this.#waiting.push({ chunk, arrivedAtMs: nowMs });
    this.#records += chunk.offsets.length;
    this.#bytes += chunk.bytes.length;
  }

  /** Records from the head, at most so many and so long; one at least when there is any. */
  peek(maxRecords: number, maxJsonLength: number): Portion | null {
    const segments: Segment[] = [];
    let records = 0;
    let jsonLength = 0;
    let end = this.#position;
    let from = this.#head;
    for (const { chunk } of this.#waiting) {
      let to = from;
      while (to < chunk.offsets.length && records < maxRecords) {
        const length = jsonLength + (chunk.jsonLengths[to] as number);
        if (length > maxJsonLength && records > 0) break;
        jsonLength = length;
        records += 1;
        to += 1;
      }
      if (to > from) segments.push({ chunk, from, to });
      const whole = to === chunk.offsets.length;
      if (to > from || whole) end = whole ? chunk.nextOffset : (chunk.offsets[to] as number);
      if (!whole) break;
      from = 0;
    }
    const first = segments[0];
    if (first === undefined) return null;
    return { segments, records, jsonLength, first: first.chunk.offsets[first.from] as number, end };
  }

  /** Forgets what lies before `next`. */
  settle(next: number): void {
    for (;;) {
      const head = this.#waiting[0];
      if (head === undefined) break;
      const { offsets, nextOffset, bytes } = head.chunk;
      while (this.#head < offsets.length && (offsets[this.#head] as number) < next) {
        this.#head += 1;
        this.#records -= 1;
      }
      if (this.#head < offsets.length || nextOffset > next) break;
      this.#bytes -= bytes.length;
      this.#waiting.shift();
      this.#head = 0;
    }
    this.#position = Math.max(this.#position, next);
  }
}
