import type { AppError } from '../core/errors/app-error.ts';
import type { ProducerIdentity } from './cluster.ts';
import type { AnyOutgoingRecord } from './outgoing.ts';
import { type Compression, RecordBatch } from './record-batch.ts';
import { maxRecordBytes } from './record-encoding.ts';

/** One call of `send`: settled when the last of its batches is. */
export class SendCall {
  readonly settled: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (error: AppError) => void;
  #open = 1;
  #failure: AppError | undefined;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** A batch holds records of this call. */
  opened(): void {
    this.#open += 1;
  }

  /** A batch is acknowledged, or has failed for good. */
  closed(failure?: AppError): void {
    this.#failure ??= failure;
    this.#open -= 1;
    if (this.#open > 0) return;
    if (this.#failure === undefined) this.#resolve();
    else this.#reject(this.#failure);
  }
}

/** A batch and whom it concerns. */
export class PendingBatch {
  readonly batch = new RecordBatch();
  readonly calls: SendCall[] = [];
  /** Records and whose they are, kept to be split when the cluster finds the batch too large. */
  readonly #records: AnyOutgoingRecord[] = [];
  readonly #owners: SendCall[] = [];
  readonly createdAtMs: number;
  attempts = 0;
  /** Set while it is sent: the same bytes go out again on a retry, so that the log knows them. */
  sealed: Buffer | undefined;
  sequence = 0;

  constructor(createdAtMs: number) {
    this.createdAtMs = createdAtMs;
  }

  add(record: AnyOutgoingRecord, call: SendCall, { nowMs, boundBytes }: RecordTiming): void {
    this.batch.append(record, nowMs, boundBytes);
    this.#records.push(record);
    this.#owners.push(call);
    if (this.calls.at(-1) !== call) {
      this.calls.push(call);
      call.opened();
    }
  }

  close(failure?: AppError): void {
    for (const call of this.calls) call.closed(failure);
  }

  /** Two batches with half of the records each. */
  split(): [PendingBatch, PendingBatch] {
    const halves: [PendingBatch, PendingBatch] = [
      new PendingBatch(this.createdAtMs),
      new PendingBatch(this.createdAtMs),
    ];
    const middle = this.#records.length / 2;
    for (const [index, record] of this.#records.entries()) {
      const half = halves[index < middle ? 0 : 1];
      const place = { nowMs: Date.now(), boundBytes: maxRecordBytes(record) };
      half.add(record, this.#owners[index] as SendCall, place);
    }
    this.close();
    return halves;
  }
}

export interface RecordTiming {
  /** The record's timestamp. */
  readonly nowMs: number;
  /** What `maxRecordBytes` says of the record. */
  readonly boundBytes: number;
}

/**
 * The batches of one partition in their order, of which at most one is on its way: so order holds through retries,
 * and sequence numbers have no gaps.
 */
export class PartitionLane {
  readonly topic: string;
  readonly partition: number;
  readonly compression: Compression;
  readonly #maxBatchBytes: number;
  #queue: PendingBatch[] = [];
  /** True while a batch is on its way or waits for its next attempt. */
  busy = false;
  /** Undefined until asked for, and again when it is not known what the log took under it. */
  identity: ProducerIdentity | undefined;
  #nextSequence = 0;

  constructor(place: { readonly topic: string; readonly partition: number }, options: LaneOptions) {
    this.topic = place.topic;
    this.partition = place.partition;
    this.compression = options.compression;
    this.#maxBatchBytes = options.maxBatchBytes;
  }

  get idle(): boolean {
    return this.#queue.length === 0;
  }

  add(record: AnyOutgoingRecord, call: SendCall, timing: RecordTiming): void {
    let last = this.#queue.at(-1);
    const full = last !== undefined && last.batch.byteLength + timing.boundBytes > this.#maxBatchBytes;
    if (last === undefined || full || last.attempts > 0 || last.sealed !== undefined) {
      last = new PendingBatch(timing.nowMs);
      this.#queue.push(last);
    }
    last.add(record, call, timing);
  }

  /** The batch whose turn it is, sealed with the lane's identity. */
  head(identity: ProducerIdentity): PendingBatch | undefined {
    const [head] = this.#queue;
    if (head === undefined || head.sealed !== undefined) return head;
    head.sequence = this.#nextSequence;
    this.#nextSequence = (head.sequence + head.batch.count) % 0x8000_0000;
    head.sealed = head.batch.seal({ ...identity, sequence: head.sequence }, this.compression);
    return head;
  }

  countAttempt(): void {
    const [head] = this.#queue;
    if (head !== undefined) head.attempts += 1;
  }

  first(): PendingBatch | undefined {
    return this.#queue[0];
  }

  /** The head is acknowledged, or has failed for good. */
  finish(failure?: AppError): void {
    this.#queue.shift()?.close(failure);
  }

  /** The head is too large: two halves take its place. False when it is one record, which cannot be split. */
  splitHead(): boolean {
    const [head, ...rest] = this.#queue;
    if (head === undefined || head.batch.count < 2) return false;
    this.#queue = [...head.split(), ...rest];
    return true;
  }

  /** Everything queued fails: nothing may overtake the records that are reported as failed. */
  failAll(failure: AppError): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const pending of queue) pending.close(failure);
  }

  /** The log certainly did not take the head: its sequence number is free again. */
  takeBack(): void {
    const [head] = this.#queue;
    if (head === undefined) return;
    this.#nextSequence = head.sequence;
    head.sealed = undefined;
  }

  /** The lane begins anew under another identity. */
  forgetIdentity(): void {
    this.identity = undefined;
    this.#nextSequence = 0;
    const [head] = this.#queue;
    if (head !== undefined) head.sealed = undefined;
  }
}

export interface LaneOptions {
  readonly compression: Compression;
  readonly maxBatchBytes: number;
}
