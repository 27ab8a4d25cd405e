const twoTo32 = 4_294_967_296;
const referenceFrom = 1024;

/**
 * Writes the Kafka protocol's primitives. Long byte strings (record batches) are kept by reference, so that an answer
 * of megabytes is handed to the socket without being copied.
 */
export class Writer {
  private buffer: Buffer;
  private position = 0;
  private readonly finished: Buffer[] = [];
  private finishedBytes = 0;

  constructor(capacity = 512) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.finishedBytes + this.position;
  }

  /** Everything written, as the pieces to send one after another. */
  chunks(): readonly Buffer[] {
    this.finishPiece();
    return this.finished;
  }

  toBuffer(): Buffer {
    const chunks = this.chunks();
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  }

  private finishPiece(): void {
    if (this.position === 0) return;
    this.finished.push(this.buffer.subarray(0, this.position));
    this.finishedBytes += this.position;
    this.buffer = this.buffer.subarray(this.position);
    this.position = 0;
  }

  private room(bytes: number): number {
    const at = this.position;
    if (at + bytes > this.buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(512, this.buffer.length * 2, at + bytes));
      this.buffer.copy(grown, 0, 0, at);
      this.buffer = grown;
    }
    this.position = at + bytes;
    return at;
  }

  int8(value: number): void {
    const at = this.room(1);
    this.buffer.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.room(2);
    this.buffer.writeInt16BE(value, at);
  }

  uint16(value: number): void {
    const at = this.room(2);
    this.buffer.writeUInt16BE(value, at);
  }

  int32(value: number): void {
    const at = this.room(4);
    this.buffer.writeInt32BE(value, at);
  }

  int64(value: number): void {
    const at = this.room(8);
    const high = Math.floor(value / twoTo32);
    this.buffer.writeInt32BE(high, at);
    this.buffer.writeUInt32BE(value - high * twoTo32, at + 4);
  }

  float64(value: number): void {
    const at = this.room(8);
    this.buffer.writeDoubleBE(value, at);
  }

  unsignedVarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      const at = this.room(1);
      this.buffer[at] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    const at = this.room(1);
    this.buffer[at] = rest;
  }

  /** Zigzag-coded, up to 53 bits. */
  varlong(value: number): void {
    this.unsignedVarint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  bytes(value: Uint8Array): void {
    if (value.length >= referenceFrom) {
      this.finishPiece();
      this.finished.push(Buffer.from(value.buffer, value.byteOffset, value.length));
      this.finishedBytes += value.length;
      return;
    }
    const at = this.room(value.length);
    this.buffer.set(value, at);
  }

  text(value: string, bytes: number): void {
    const at = this.room(bytes);
    this.buffer.write(value, at, bytes, 'utf8');
  }
}
