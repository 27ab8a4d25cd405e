import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LakeColumn } from '../../catalogue/lake-columns.ts';
import { hourOf } from './file-names.ts';
import { Spool } from './spool.ts';

/** A record that has no row, for the error file. */
export interface ErrorRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly line: string;
}

/** Everything of one topic between two flushes: rows by hour, and the positions that a flush will commit. */
export class TopicBuffer {
  readonly topic: string;
  readonly columns: readonly LakeColumn[];
  /** Offset to read next, by partition, once this buffer is in the lake. */
  readonly next = new Map<number, number>();
  /** Offset before the first record of this buffer, by partition: where reading goes back to when it is given up. */
  readonly start = new Map<number, number>();
  readonly errors: ErrorRecord[] = [];
  records = 0;
  bytes = 0;
  readonly #folder: string;
  readonly #spools = new Map<number, Spool>();
  #openedAtMs: number | undefined;
  #current: Spool | undefined;

  constructor(topic: string, columns: readonly LakeColumn[], folder: string) {
    this.topic = topic;
    this.columns = columns;
    this.#folder = folder;
  }

  /** When the oldest record came in, by the caller's clock; undefined while there is none. */
  get openedAtMs(): number | undefined {
    return this.#openedAtMs;
  }

  get spools(): readonly Spool[] {
    return [...this.#spools.values()];
  }

  /** Notes that a record arrived at this time. */
  opened(nowMs: number): void {
    this.#openedAtMs ??= nowMs;
  }

  /** Takes a row, base64 of a JSON line. */
  add(row: string, at: { readonly partition: number; readonly offset: number; readonly timestampMs: number }): void {
    const spool = this.#spoolOf(hourOf(at.timestampMs));
    this.bytes += spool.add(row, at.partition, at.offset);
    this.records += 1;
  }

  addError(error: ErrorRecord): void {
    this.errors.push(error);
    this.records += 1;
    this.bytes += error.line.length;
  }

  discard(): void {
    for (const spool of this.#spools.values()) spool.discard();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spoolOf(hourMs: number): Spool {
    if (this.#current?.hourMs === hourMs) return this.#current;
    let spool = this.#spools.get(hourMs);
    if (spool === undefined) {
      spool = new Spool(join(this.#folder, `${hourMs}.jsonl`), hourMs);
      this.#spools.set(hourMs, spool);
    }
    this.#current = spool;
    return spool;
  }
}
