/** Cuts a byte stream into frames, each announced by four bytes of length. */
export class Frames {
  private chunks: Buffer[] = [];
  private bytes = 0;

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /** Length of the frame that comes next; undefined before its four bytes are here. */
  nextLength(): number | undefined {
    if (this.bytes < 4) return undefined;
    if (this.chunks[0]!.length < 4) this.join(4);
    return this.chunks[0]!.readInt32BE(0);
  }

  /** The first bytes of the next frame, as soon as they are here. */
  peek(bytes: number): Buffer | undefined {
    if (this.bytes < 4 + bytes) return undefined;
    if (this.chunks[0]!.length < 4 + bytes) this.join(4 + bytes);
    return this.chunks[0]!.subarray(4, 4 + bytes);
  }

  /** The next frame without its length, when it is whole. A view where it arrived in one piece. */
  next(length: number): Buffer | undefined {
    const needed = 4 + length;
    if (this.bytes < needed) return undefined;
    if (this.chunks[0]!.length < needed) this.join(needed);
    const first = this.chunks[0]!;
    const frame = first.subarray(4, needed);
    if (first.length === needed) this.chunks.shift();
    else this.chunks[0] = first.subarray(needed);
    this.bytes -= needed;
    return frame;
  }

  /** Makes the first chunk at least `bytes` long. */
  private join(bytes: number): void {
    let length = 0;
    let count = 0;
    while (length < bytes) {
      length += this.chunks[count]!.length;
      count += 1;
    }
    const last = this.chunks[count - 1]!;
    const excess = length - bytes;
    const parts = [...this.chunks.slice(0, count - 1), last.subarray(0, last.length - excess)];
    const rest = excess === 0 ? [] : [last.subarray(last.length - excess)];
    this.chunks = [Buffer.concat(parts, bytes), ...rest, ...this.chunks.slice(count)];
  }
}
