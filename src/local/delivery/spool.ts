import { closeSync, openSync, rmSync, writevSync } from 'node:fs';

/** Offsets of one partition that a file holds, both ends included. */
export interface OffsetRange {
  readonly partition: number;
  readonly first: number;
  readonly last: number;
}

const pendingBytesLimit = 256 * 1024;

/**
 * JSON lines of one topic and hour on their way to a file. They lie on disk, not in memory, so that memory stays the
 * same however many topics there are; the log still has the records, so the lines need not survive a crash.
 */
export class Spool {
  readonly file: string;
  /** ms since 1970-01-01 UTC of the hour's start. */
  readonly hourMs: number;
  rows = 0;
  bytes = 0;
  readonly #ranges = new Map<number, { first: number; last: number }>();
  #handle: number | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(file: string, hourMs: number) {
    this.file = file;
    this.hourMs = hourMs;
  }

  add(line: Buffer, partition: number, offset: number): void {
    this.rows += 1;
    this.bytes += line.length;
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    const range = this.#ranges.get(partition);
    if (range === undefined) this.#ranges.set(partition, { first: offset, last: offset });
    else range.last = offset;
    if (this.#pendingBytes >= pendingBytesLimit) this.#write();
  }

  /** Writes what is pending and closes the file: it is complete for reading. */
  finish(): void {
    this.#write();
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  discard(): void {
    this.#pending = [];
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
    rmSync(this.file, { force: true });
  }

  ranges(): readonly OffsetRange[] {
    return [...this.#ranges]
      .map(([partition, range]) => ({ partition, ...range }))
      .sort((one, other) => one.partition - other.partition);
  }

  #write(): void {
    // Opened only while it is written: thousands of hours of old records must not hold thousands of files open.
    this.#handle ??= openSync(this.file, 'a');
    let chunks = this.#pending;
    while (chunks.length > 0) {
      const written = writevSync(this.#handle, chunks);
      chunks = remaining(chunks, written);
      this.#pending = chunks;
    }
    this.#pendingBytes = 0;
    closeSync(this.#handle);
    this.#handle = undefined;
  }
}

function remaining(chunks: Buffer[], written: number): Buffer[] {
  let left = written;
  let index = 0;
  while (index < chunks.length && left >= (chunks[index] as Buffer).length) {
    left -= (chunks[index] as Buffer).length;
    index += 1;
  }
  const rest = chunks.slice(index);
  if (left > 0 && rest[0] !== undefined) rest[0] = rest[0].subarray(left);
  return rest;
}
