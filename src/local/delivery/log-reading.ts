import { setTimeout as delay } from 'node:timers/promises';
import type { LakeTransform } from '../../consumers/lake-transform/handler.ts';
import type { AppError } from '../../core/errors/app-error.ts';
import { DamagedOffsets } from '../../kafka/damaged-offsets.ts';
import type { DeliveryLog, LastFailure } from './delivery-log.ts';
import { transformSlice } from './invoke.ts';
import type { LogSlice, LogSource, PartitionBounds, PartitionPosition } from './log-source.ts';
import type { Positions } from './positions.ts';
import type { TopicBuffer } from './topic-buffer.ts';
import type { TopicBuffers } from './topic-buffers.ts';

export interface LogReadingOptions {
  readonly source: LogSource;
  readonly topics: readonly string[];
  readonly transform: LakeTransform;
  readonly positions: Positions;
  readonly buffers: TopicBuffers;
  readonly log: DeliveryLog;
  readonly failure: LastFailure;
  /** Ends reading. */
  readonly signal: AbortSignal;
}

/** Rows on disk that wait to be written, at most; reading pauses above it. */
const outstandingBytesLimit = 1024 * 1024 * 1024;
const refreshMs = 10_000;
/** How long a partition that could not be read is left alone. */
const restMs = 2000;
/** Small answers: each becomes many times its size in objects. */
const readOptions = { minBytes: 1024 * 1024, maxWaitMs: 500, maxBytes: 2 * 1024 * 1024 };

/** Reads topics into their buffers, without end and through every failure. */
export class LogReading {
  readonly #options: LogReadingOptions;
  readonly #damaged = new DamagedOffsets();
  #waiters: { readonly bounds: readonly PartitionBounds[]; readonly resolve: () => void }[] = [];
  #refreshedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: LogReadingOptions) {
    this.#options = options;
  }

  /** Resolves after the signal. */
  async run(): Promise<void> {
    const { buffers, failure, signal } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#step();
        if (failures > 0) failure.mended();
        failures = 0;
      } catch (error) {
        this.#refreshedAtMs = Number.NEGATIVE_INFINITY;
        failures += 1;
        failure.failed(error, 'the lake delivery cannot read the log', failures);
        await this.#pause(Math.min(5000, 100 * 2 ** failures));
      }
      buffers.flushDue(performance.now());
    }
  }

  /** Resolves when every record that the log has at the call is read and on its way into a file. */
  async caughtUp(): Promise<void> {
    const { source, topics, positions } = this.#options;
    const bounds = await source.bounds(topics);
    positions.reconcile(bounds);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ bounds, resolve });
    await promise;
  }

  /** Lets go of whoever still waits. */
  close(): void {
    for (const { resolve } of this.#waiters) resolve();
  }

  async #step(): Promise<void> {
    const { source, topics, positions, buffers } = this.#options;
    if (performance.now() - this.#refreshedAtMs > refreshMs) {
      positions.reconcile(await source.bounds(topics));
      this.#refreshedAtMs = performance.now();
    }
    this.#wakeWaiters();
    if (buffers.waitingBytes > outstandingBytesLimit) await this.#pause(100);
    const readable = positions.readable(performance.now());
    if (readable.length === 0) {
      await this.#pause(readOptions.maxWaitMs);
      return;
    }
    // Someone who waits for a flush does not wait for a full answer.
    const eager = this.#waiters.length > 0 ? { ...readOptions, minBytes: 1, maxWaitMs: 50 } : readOptions;
    for (const slice of await source.read(readable, eager)) {
      if (slice.failure === undefined) await this.#take(slice);
      else this.#rest(slice, slice.failure);
    }
    this.#wakeWaiters();
  }

  /** One partition that fails does not hold up the others; bounds are asked again, as its offset may be gone. */
  #rest(slice: LogSlice, failure: AppError): void {
    if (failure.code === 'EVENTBUS_KAFKA_RECORDS_CORRUPT' && this.#passedOver(slice, failure)) return;
    this.#refreshedAtMs = Number.NEGATIVE_INFINITY;
    this.#options.positions.rest(slice, failure, performance.now() + restMs);
  }

  /** Goes one offset on when the records at the position are damaged beyond help. */
  #passedOver({ topic, partition, nextOffset }: LogSlice, failure: AppError): boolean {
    const met = this.#damaged.met(`${topic}-${partition}`, nextOffset);
    if (met === 'ask-again') return false;
    if (met === 'begins') {
      const fields = { code: failure.code, topic, partition, offset: nextOffset };
      this.#options.log.error(fields, `passed over: ${failure.message}`);
    }
    const buffer = this.#options.buffers.of(topic);
    buffer.opened(performance.now());
    this.#moveOn(buffer, { topic, partition, offset: nextOffset + 1 });
    return true;
  }

  async #take(slice: LogSlice): Promise<void> {
    const { transform, positions, buffers } = this.#options;
    const { topic, partition, nextOffset } = slice;
    const buffer = buffers.of(topic);
    try {
      await transformSlice(slice, buffer, transform);
    } catch (error) {
      // Part of the slice may be in the buffer: give the buffer up and read its records again.
      for (const [at, offset] of buffer.start) positions.move({ topic, partition: at, offset });
      buffers.giveUp(buffer);
      throw error;
    }
    this.#damaged.forget(`${topic}-${partition}`);
    if (slice.records.length > 0) buffer.opened(performance.now());
    this.#moveOn(buffer, { topic, partition, offset: nextOffset });
  }

  #moveOn(buffer: TopicBuffer, to: PartitionPosition): void {
    const before = this.#options.positions.move(to);
    if (!buffer.start.has(to.partition)) buffer.start.set(to.partition, before);
    buffer.next.set(to.partition, to.offset);
  }

  #wakeWaiters(): void {
    const { positions, buffers } = this.#options;
    const done = this.#waiters.filter(({ bounds }) => positions.reached(bounds));
    if (done.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !done.includes(waiter));
    buffers.flushAll();
    for (const { resolve } of done) resolve();
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#options.signal }).catch(() => {});
  }
}
