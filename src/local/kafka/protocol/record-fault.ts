import { type BatchHeader, batchHeaderBytes } from './record-batch.ts';
import { canReadRecords, unpackRecords } from './records.ts';

/** Walks over records without making anything of them; every batch that is produced passes here. */
class Walk {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  get atEnd(): boolean {
    return this.at === this.#bytes.length;
  }

  /** A zigzag-coded number; not a number when it is cut or too long. */
  varlong(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = bytes[this.at];
      if (byte === undefined) return Number.NaN;
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    return Number.NaN;
  }

  /** Passes over bytes that their length announces; -1 stands for none where that is allowed. */
  sized(least: -1 | 0): boolean {
    const length = this.varlong();
    if (!(length >= least)) return false;
    this.at += Math.max(0, length);
    return this.at <= this.#bytes.length;
  }

  headers(): boolean {
    const count = this.varlong();
    if (!(count >= 0)) return false;
    for (let index = 0; index < count; index += 1) if (!this.sized(0) || !this.sized(-1)) return false;
    return true;
  }

  /** The record whose place in the batch is `index`. */
  record(index: number): boolean {
    const length = this.varlong();
    const end = this.at + length;
    this.at += 1;
    // The time may be anything; the place decides which offset readers see.
    if (!Number.isFinite(this.varlong()) || this.varlong() !== index) return false;
    return this.sized(-1) && this.sized(-1) && this.headers() && this.at === end;
  }
}

/**
 * Why readers could not take the batch's records apart; undefined when they can. A batch like that, once stored, would
 * hold up every consumer of its partition for ever. What is compressed with snappy or lz4 is taken on trust.
 */
export function recordFault(batch: Buffer, { compression, recordCount }: BatchHeader): string | undefined {
  if (!canReadRecords(compression)) return undefined;
  let walk: Walk;
  try {
    walk = compression === 'none' ? new Walk(batch, batchHeaderBytes) : new Walk(unpackRecords(batch, compression), 0);
  } catch (error) {
    return `the records cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`;
  }
  for (let index = 0; index < recordCount; index += 1) {
    if (!walk.record(index)) return `record ${index} of ${recordCount} is malformed`;
  }
  return walk.atEnd ? undefined : `bytes follow the last of ${recordCount} records`;
}
