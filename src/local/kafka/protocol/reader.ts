import { AppError } from '../../../core/errors/app-error.ts';

const twoTo32 = 4_294_967_296;

/** Reads the Kafka protocol's primitives from one frame; running past its end is a coded error, never a guess. */
export class Reader {
  position = 0;
  readonly buffer: Buffer;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  malformed(what: string): AppError {
    return new AppError('EVENTBUS_BROKER_FRAME_MALFORMED', `${what} at byte ${this.position} of ${this.buffer.length}`);
  }

  private take(bytes: number): number {
    const at = this.position;
    if (at + bytes > this.buffer.length) throw this.malformed(`${bytes} more bytes are announced than are there`);
    this.position = at + bytes;
    return at;
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1));
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2));
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }

  /** As a number: offsets, timestamps and ids stay far below 2^53. */
  int64(): number {
    const at = this.take(8);
    return this.buffer.readInt32BE(at) * twoTo32 + this.buffer.readUInt32BE(at + 4);
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }

  unsignedVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.malformed('a variable-length number has more than 5 bytes');
  }

  /** Zigzag-coded, up to 64 bits. */
  varlong(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.buffer[this.take(1)]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw this.malformed('a variable-length number has more than 10 bytes');
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }

  text(length: number): string {
    const at = this.take(length);
    return this.buffer.toString('utf8', at, at + length);
  }

  skip(length: number): void {
    this.take(length);
  }
}
