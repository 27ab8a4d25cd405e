import { closeSync, openSync, rmSync, writeSync } from 'node:fs';

/** Offsets of one partition that a file holds, both ends included. */
export interface OffsetRange {
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

const blockBytes = 256 * 1024;
const newline = 0x0a;

/**
 * JSON lines of one topic and hour on their way to a file. They lie on disk, not in memory, so that memory stays the
 * same however many topics there are; the log still has the records, so the lines need not survive a crash.
 */
export class Spool {
  readonly file: string;
  /** ms since 1970-01-01 UTC of the hour's start. */
  readonly hourMs: number;
  rows = 0;
  readonly #ranges = new Map<number, { first: number; last: number }>();
  /** Rows are decoded into one block after the other, not into a buffer each. */
  #block = Buffer.alloc(0);
  #used = 0;

  constructor(file: string, hourMs: number) {
    this.file = file;
    this.hourMs = hourMs;
  }

  /** Takes a row, base64 of a JSON line with or without its newline; returns the bytes it takes up. */
  add(row: string, partition: number, offset: number): number {
    const room = ((row.length * 3) >> 2) + 1;
    if (this.#used + room > this.#block.length) this.#makeRoom(room);
    const from = this.#used;
    this.#used += this.#block.write(row, from, 'base64');
    if (this.#block[this.#used - 1] !== newline) this.#block[this.#used++] = newline;
    this.rows += 1;
    const range = this.#ranges.get(partition);
    if (range === undefined) this.#ranges.set(partition, { first: offset, last: offset });
    else range.last = offset;
    return this.#used - from;
  }

  /** Writes what is pending: the file is complete for reading, and the memory is free. */
  finish(): void {
    this.#write();
    this.#block = Buffer.alloc(0);
  }

  discard(): void {
    this.#used = 0;
    this.#block = Buffer.alloc(0);
    rmSync(this.file, { force: true });
  }

  ranges(): readonly OffsetRange[] {
    return [...this.#ranges]
      .map(([partition, range]) => ({ partition, ...range }))
      .sort((one, other) => one.partition - other.partition);
  }

  #makeRoom(room: number): void {
    this.#write();
    // The first block is small: of thousands of hours of old records, most get only a few.
    const wanted = this.#block.length === 0 ? 4096 : blockBytes;
    if (this.#block.length < Math.max(room, wanted)) this.#block = Buffer.allocUnsafeSlow(Math.max(room, wanted));
  }

  #write(): void {
    if (this.#used === 0) return;
    // Open only while it is written: many spools must not mean many open files.
    const handle = openSync(this.file, 'a');
    let written = 0;
    try {
      while (written < this.#used) written += writeSync(handle, this.#block, written, this.#used - written);
    } finally {
      // What a full disk left unwritten stays, to be written by the next attempt.
      this.#block.copyWithin(0, written, this.#used);
      this.#used -= written;
      closeSync(handle);
    }
  }
}
