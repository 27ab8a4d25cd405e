import { AppError } from '../core/errors/app-error.ts';

/** Reads numbers of Kafka's wire format from bytes; whatever lies beyond the end is a coded error. */
export class ByteCursor {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  int8(): number {
    return this.bytes.readInt8(this.skip(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  /** Offsets and timestamps stay far below 2^53. */
  int64(): number {
    const at = this.skip(8);
    return this.bytes.readInt32BE(at) * 4_294_967_296 + this.bytes.readUInt32BE(at + 4);
  }

  unsignedVarint(): number {
    const { bytes } = this;
    let value = 0;
    let scale = 1;
    for (let size = 0; size < 10; size += 1) {
      const byte = bytes[this.at] as number;
      if (this.at >= bytes.length) throw this.#beyond(1);
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new AppError('EVENTBUS_SOURCE_BATCH', `a number at byte ${this.at} has more than 10 bytes`);
  }

  /** Zigzag form; exact up to 2^53. */
  varint(): number {
    const value = this.unsignedVarint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Position of the next `length` bytes, which are passed over. */
  skip(length: number): number {
    const { at } = this;
    if (length < 0 || at + length > this.bytes.length) throw this.#beyond(length);
    this.at = at + length;
    return at;
  }

  /** Length-prefixed text of the flexible protocol versions. */
  compactString(): string {
    const length = this.unsignedVarint() - 1;
    const at = this.skip(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  tags(): void {
    for (let left = this.unsignedVarint(); left > 0; left -= 1) {
      this.unsignedVarint();
      this.skip(this.unsignedVarint());
    }
  }

  #beyond(length: number): AppError {
    const what = `${length} bytes wanted at byte ${this.at} of ${this.bytes.length}`;
    return new AppError('EVENTBUS_SOURCE_BATCH', what);
  }
}
