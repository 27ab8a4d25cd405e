/**
 * Walks the MQTT frames of one connection's byte stream and finds one that is longer than allowed from its header
 * alone, before the parser would collect its body in memory.
 */
export class FrameGuard {
  readonly #maxFrameBytes: number;
  #bodyLeft = 0;
  #headerBytes = 0;
  #length = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Length of the first frame in `chunk` that is too long, else 0. */
  walk(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const step = Math.min(this.#bodyLeft, chunk.length - at);
        this.#bodyLeft -= step;
        at += step;
        continue;
      }
      this.#header(chunk[at] as number);
      at += 1;
      if (this.#bodyLeft > this.#maxFrameBytes) return this.#bodyLeft;
    }
    return 0;
  }

  /** First byte: packet type; then one to four bytes of length, seven bits each, lowest first. */
  #header(byte: number): void {
    if (this.#headerBytes === 0) {
      this.#headerBytes = 1;
      this.#length = 0;
      return;
    }
    this.#length |= (byte & 127) << (7 * (this.#headerBytes - 1));
    this.#headerBytes += 1;
    if (byte < 128 || this.#headerBytes === 5) {
      this.#headerBytes = 0;
      this.#bodyLeft = this.#length;
    }
  }
}
