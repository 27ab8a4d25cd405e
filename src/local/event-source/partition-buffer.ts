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

/** Which records to take from the head of a buffer. */
export interface PortionLimits {
  readonly records: number;
  /** JSON characters; the first record is taken whatever its length. */
  readonly jsonLength: number;
  /** Offset at which to stop. @default none */
  readonly end?: number;
  /** Records with a time outside of it end the portion. @default all times */
  readonly times?: { readonly from: number; readonly to: number };
}

/** The first record that is not settled. */
export interface HeadRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly jsonLength: number;
}

interface Waiting {
  readonly chunk: RecordChunk;
  readonly arrivedAtMs: number;
}

/** Fetched records of one partition that are not settled, in order. They stay until the function has settled them. */
export class PartitionBuffer {
  readonly #waiting: Waiting[] = [];
  /** Index of the first record of the head chunk that is not settled. */
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

  get head(): HeadRecord | null {
    let at = this.#head;
    for (const { chunk } of this.#waiting) {
      const offset = chunk.offsets[at];
      if (offset !== undefined) {
        return { offset, timestampMs: chunk.timestamps[at] as number, jsonLength: chunk.jsonLengths[at] as number };
      }
      at = 0;
    }
    return null;
  }

  /** Consecutive records from the head within limits; `null` when there are none. */
  peek(limits: PortionLimits): Portion | null {
    const { records: maxRecords, jsonLength: maxJsonLength, end: stop = Number.POSITIVE_INFINITY, times } = limits;
    const segments: Segment[] = [];
    let records = 0;
    let jsonLength = 0;
    let end = this.#position;
    let from = this.#head;
    for (const { chunk } of this.#waiting) {
      let to = from;
      while (to < chunk.offsets.length && records < maxRecords) {
        const length = jsonLength + (chunk.jsonLengths[to] as number);
        if ((length > maxJsonLength && records > 0) || (chunk.offsets[to] as number) >= stop) break;
        if (times !== undefined && !within(times, chunk.timestamps[to] as number)) break;
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

function within({ from, to }: { readonly from: number; readonly to: number }, timestamp: number): boolean {
  return timestamp >= from && timestamp < to;
}
