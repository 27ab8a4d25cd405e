import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LakeColumn } from '../../catalogue/lake-columns.ts';
import type { LakeTransform } from '../../consumers/lake-transform/handler.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { DamagedOffsets } from '../../kafka/damaged-offsets.ts';
import { columnsOf } from './columns-of.ts';
import { type DeliveryState, openDeliveryState } from './delivery-state.ts';
import { type FlushDeps, flushBuffer, publish, stagingFolder } from './flush.ts';
import { transformSlice } from './invoke.ts';
import { makeKafkaLogSource } from './log-source.kafka.ts';
import type { LogSlice, LogSource, PartitionBounds, PartitionPosition } from './log-source.ts';
import { makeParquetWriter, type ParquetWriter } from './parquet-writer.ts';
import { PositionReports } from './position-reports.ts';
import { Positions } from './positions.ts';
import { TopicBuffer } from './topic-buffer.ts';

export interface DeliveryLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LakeDeliveryOptions {
  readonly bootstrapServers: string;
  readonly topics: readonly string[];
  /** The lake's folder; made when absent. */
  readonly directory: string;
  /** The function that Firehose calls on AWS. */
  readonly transform: LakeTransform;
  readonly log: DeliveryLog;
  /** When a topic's records are written: at so many bytes of rows, or when the oldest has waited so long. */
  readonly buffer?: { readonly maxBytes?: number; readonly maxMs?: number };
  /** @default `<directory>/delivery.sqlite` */
  readonly stateFile?: string;
  /** Columns of a topic's table. @default by the catalogue's subject */
  readonly columnsOf?: (topic: string) => readonly LakeColumn[];
  /** Consumer group under which positions are reported. @default 'lake-transform' */
  readonly group?: string;
  /** @default the Kafka protocol at `bootstrapServers` */
  readonly source?: LogSource;
}

export interface LakeDeliveryStatus {
  /** Records that are in files since the start. */
  readonly deliveredRecords: number;
  /** Records put below `bronze-errors` since the start. */
  readonly errorRecords: number;
  readonly files: number;
  readonly bufferedRecords: number;
  readonly bufferedBytes: number;
  readonly stalledPartitions: readonly PartitionPosition[];
  /** Why the last attempt to write or read failed; undefined when it worked. */
  readonly lastError: string | undefined;
}

export interface LakeDelivery {
  status(): LakeDeliveryStatus;
  /** Resolves when every record that the log has at the call is in a file. */
  flush(): Promise<void>;
  /** Writes what is buffered and stops. */
  close(): Promise<void>;
}

const defaultMaxBytes = 128 * 1024 * 1024;
const defaultMaxMs = 60_000;
/** Rows on disk that wait to be written, at most; reading pauses above it. */
const outstandingBytesLimit = 1024 * 1024 * 1024;
const refreshMs = 10_000;
/** How long a partition that could not be read is left alone. */
const restMs = 2000;
/** Small answers: each becomes many times its size in objects. */
const readOptions = { minBytes: 1024 * 1024, maxWaitMs: 500, maxBytes: 2 * 1024 * 1024 };

/**
 * Starts the delivery of topics to the lake: reads the log with its own positions, calls the transformation with the
 * event that Firehose would send, and writes Parquet files. Each record is in exactly one file, however often the
 * process is killed. Throws `EVENTBUS_LAKE_IN_USE` when another delivery has the lake.
 */
export async function startLakeDelivery(options: LakeDeliveryOptions): Promise<LakeDelivery> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true });
  const state = openDeliveryState(options.stateFile ?? join(directory, 'delivery.sqlite'));
  let writer: ParquetWriter | undefined;
  try {
    publish(state.unpublished(), { directory, state });
    const staging = join(directory, stagingFolder);
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    writer = await makeParquetWriter({ temporaryDirectory: join(staging, 'duckdb') });
    const committed = await committedPositions(state, writer, directory);
    const { bootstrapServers } = options;
    const source = options.source ?? makeKafkaLogSource({ bootstrapServers, clientId: 'lake-delivery' });
    const delivery = new Delivery(options, { state, writer, source, committed });
    delivery.start(committed);
    return delivery;
  } catch (error) {
    writer?.close();
    state.close();
    throw error;
  }
}

async function committedPositions(state: DeliveryState, writer: ParquetWriter, directory: string) {
  const remembered = state.positions();
  return remembered.length > 0 ? remembered : writer.positionsIn(directory);
}

interface DeliveryParts {
  readonly state: DeliveryState;
  readonly writer: ParquetWriter;
  readonly source: LogSource;
  readonly committed: readonly PartitionPosition[];
}

class Delivery implements LakeDelivery {
  readonly #options: LakeDeliveryOptions;
  readonly #parts: DeliveryParts;
  readonly #positions: Positions;
  readonly #damaged = new DamagedOffsets();
  readonly #buffers = new Map<string, TopicBuffer>();
  readonly #flushDeps: FlushDeps;
  readonly #stop = new AbortController();
  readonly #reports: PositionReports;
  #waiters: { readonly bounds: readonly PartitionBounds[]; readonly resolve: () => void }[] = [];
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> = Promise.resolve();
  #flushes: Promise<void> = Promise.resolve();
  #flushingBytes = 0;
  #gaveUp = false;
  #numbers = 0;
  #delivered = 0;
  #errors = 0;
  #files = 0;
  #lastError: string | undefined;

  constructor(options: LakeDeliveryOptions, parts: DeliveryParts) {
    this.#options = options;
    this.#parts = parts;
    this.#positions = new Positions(parts.committed, parts.state, options.log);
    const { group = 'lake-transform' } = options;
    this.#reports = new PositionReports({ source: parts.source, group, signal: this.#stop.signal });
    this.#flushDeps = {
      directory: options.directory,
      writer: parts.writer,
      state: parts.state,
      nextNumber: () => this.#numbers++,
      refused: (topic, reason) => {
        const error = new AppError('EVENTBUS_LAKE_ROW_REFUSED', `${topic}: ${reason}`);
        options.log.warn({ code: error.code, topic }, error.message);
      },
    };
  }

  start(committed: readonly PartitionPosition[]): void {
    this.#reports.add(committed);
    this.#loop = this.#run();
  }

  status(): LakeDeliveryStatus {
    let bufferedRecords = 0;
    let bufferedBytes = this.#flushingBytes;
    for (const buffer of this.#buffers.values()) {
      bufferedRecords += buffer.records;
      bufferedBytes += buffer.bytes;
    }
    return {
      deliveredRecords: this.#delivered,
      errorRecords: this.#errors,
      files: this.#files,
      bufferedRecords,
      bufferedBytes,
      stalledPartitions: this.#positions.stalled(),
      lastError: this.#lastError,
    };
  }

  async flush(): Promise<void> {
    const bounds = await this.#parts.source.bounds(this.#options.topics);
    this.#positions.reconcile(bounds);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.push({ bounds, resolve });
    await promise;
    await this.#flushes;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    this.#flushAll();
    await this.#flushes;
    await this.#reports.settled();
    await this.#parts.source.close().catch(() => {});
    this.#parts.writer.close();
    this.#parts.state.close();
    for (const { resolve } of this.#waiters) resolve();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#step();
        if (failures > 0) this.#lastError = undefined;
        failures = 0;
      } catch (error) {
        this.#refreshedAtMs = Number.NEGATIVE_INFINITY;
        failures += 1;
        this.#failed(error, 'the lake delivery cannot read the log', failures);
        await this.#pause(Math.min(5000, 100 * 2 ** failures));
      }
      this.#flushDue();
    }
  }

  async #step(): Promise<void> {
    const { source } = this.#parts;
    if (performance.now() - this.#refreshedAtMs > refreshMs) {
      this.#positions.reconcile(await source.bounds(this.#options.topics));
      this.#refreshedAtMs = performance.now();
    }
    this.#wakeWaiters();
    if (this.#flushingBytes > outstandingBytesLimit) await this.#pause(100);
    const readable = this.#positions.readable(performance.now());
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
    this.#positions.rest(slice, failure, performance.now() + restMs);
  }

  /** Goes one offset on when the records at the position are damaged beyond help. */
  #passedOver({ topic, partition, nextOffset }: LogSlice, failure: AppError): boolean {
    const met = this.#damaged.met(`${topic}-${partition}`, nextOffset);
    if (met === 'ask-again') return false;
    if (met === 'begins') {
      const fields = { code: failure.code, topic, partition, offset: nextOffset };
      this.#options.log.error(fields, `passed over: ${failure.message}`);
    }
    const buffer = this.#bufferOf(topic);
    buffer.opened(performance.now());
    this.#moveOn(buffer, { topic, partition, offset: nextOffset + 1 });
    return true;
  }

  async #take(slice: LogSlice): Promise<void> {
    const { topic, partition, nextOffset } = slice;
    const buffer = this.#bufferOf(topic);
    try {
      await transformSlice(slice, buffer, this.#options.transform);
    } catch (error) {
      // Part of the slice may be in the buffer: give the buffer up and read its records again.
      this.#buffers.delete(topic);
      for (const [at, offset] of buffer.start) this.#positions.move({ topic, partition: at, offset });
      buffer.discard();
      throw error;
    }
    this.#damaged.forget(`${topic}-${partition}`);
    if (slice.records.length > 0) buffer.opened(performance.now());
    this.#moveOn(buffer, { topic, partition, offset: nextOffset });
  }

  #moveOn(buffer: TopicBuffer, to: PartitionPosition): void {
    const before = this.#positions.move(to);
    if (!buffer.start.has(to.partition)) buffer.start.set(to.partition, before);
    buffer.next.set(to.partition, to.offset);
  }

  #bufferOf(topic: string): TopicBuffer {
    let buffer = this.#buffers.get(topic);
    if (buffer === undefined) {
      const folder = join(this.#options.directory, stagingFolder, `spool-${this.#numbers++}`);
      mkdirSync(folder, { recursive: true });
      buffer = new TopicBuffer(topic, (this.#options.columnsOf ?? columnsOf)(topic), folder);
      this.#buffers.set(topic, buffer);
    }
    return buffer;
  }

  #flushDue(): void {
    const { maxBytes = defaultMaxBytes, maxMs = defaultMaxMs } = this.#options.buffer ?? {};
    for (const buffer of this.#buffers.values()) {
      const waitedMs = buffer.openedAtMs === undefined ? 0 : performance.now() - buffer.openedAtMs;
      if (buffer.bytes >= maxBytes || waitedMs >= maxMs) this.#scheduleFlush(buffer);
    }
  }

  #flushAll(): void {
    for (const buffer of this.#buffers.values()) this.#scheduleFlush(buffer);
  }

  /** Takes the buffer out of reading's way and writes it after those before it: positions never go back. */
  #scheduleFlush(buffer: TopicBuffer): void {
    this.#buffers.delete(buffer.topic);
    this.#flushingBytes += buffer.bytes;
    this.#flushes = this.#flushes.then(async () => {
      // After one buffer was given up, later ones must not move positions beyond its records.
      if (!this.#gaveUp) await this.#flushUntilDone(buffer);
      this.#flushingBytes -= buffer.bytes;
    });
  }

  async #flushUntilDone(buffer: TopicBuffer): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { rows, errors, files, positions } = await flushBuffer(buffer, this.#flushDeps);
        this.#delivered += rows;
        this.#errors += errors;
        this.#files += files;
        if (attempt > 1) this.#lastError = undefined;
        this.#reports.add(positions);
        return;
      } catch (error) {
        this.#failed(error, 'the lake delivery cannot write', attempt);
        // On the way out one try is enough: the log still has the records, and positions have not moved.
        this.#gaveUp = this.#stop.signal.aborted;
        if (this.#gaveUp) return;
        await this.#pause(Math.min(5000, 100 * 2 ** attempt));
      }
    }
  }

  #wakeWaiters(): void {
    if (this.#waiters.length === 0) return;
    const [done, waiting] = [true, false].map((wanted) =>
      this.#waiters.filter(({ bounds }) => this.#positions.reached(bounds) === wanted),
    );
    this.#waiters = waiting ?? [];
    if (done !== undefined && done.length > 0) this.#flushAll();
    for (const { resolve } of done ?? []) resolve();
  }

  #failed(error: unknown, what: string, attempt: number): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#lastError = message;
    const code = error instanceof AppError ? error.code : 'EVENTBUS_KAFKA_UNAVAILABLE';
    this.#options.log.warn({ code, attempt }, `${what}: ${message}`);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
