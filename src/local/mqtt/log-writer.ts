import { AppError } from '../../core/errors/app-error.ts';
import { retryDelay } from '../../core/retry-delay.ts';
import type { EventPublisher, OutgoingRecord } from '../../kafka/publisher.ts';
import type { IngestLog } from '../../services/ingest/refusals.ts';

/** A record on its way to the log, and who waits for it. */
export interface PendingRecord {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  /** False when nobody waits any more: the device is gone and will send again what it got no acknowledgement for. */
  stillWanted(): boolean;
  /** Called once: without error when the log has the record durably. */
  settle(error?: AppError): void;
}

export interface LogWriterOptions {
  readonly publisher: Pick<EventPublisher, 'send'>;
  readonly log: IngestLog;
  readonly maxBatchRecords: number;
  readonly maxPendingBytes: number;
  readonly onPressure: (full: boolean) => void;
}

const retry = { baseMs: 100, capMs: 2_000 };

/**
 * Sends records in the order received, all that gathered while the last batch was under way as the next one: batches
 * grow with the load, and acknowledgements keep their order. While the log is away a batch is repeated until it is
 * taken; a batch that holds a record the log will never take is sent one by one to find it.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #queue: PendingRecord[] = [];
  #pendingBytes = 0;
  #pendingRecords = 0;
  #full = false;
  #pump: Promise<void> | undefined;
  readonly #abandon = new AbortController();

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  get pendingRecords(): number {
    return this.#pendingRecords;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** True when clients that connect again and again have gone around the closed gate: take nothing more. */
  get isOverfull(): boolean {
    return this.#pendingBytes >= this.#options.maxPendingBytes * 2;
  }

  add(pending: PendingRecord): void {
    this.#queue.push(pending);
    this.#pendingRecords += 1;
    this.#pendingBytes += pending.bytes;
    if (!this.#full && this.#pendingBytes >= this.#options.maxPendingBytes) this.#setPressure(true);
    this.#pump ??= this.#run();
  }

  /** Resolves when nothing is under way; after `patienceMs` what is left is settled with an error. */
  async drain(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#abandon.abort(), patienceMs);
    while (this.#pump !== undefined) await this.#pump;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    // What the sockets delivered in this turn of the event loop goes out together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const max = this.#options.maxBatchRecords;
      const batch = this.#queue.length <= max ? this.#queue : this.#queue.slice(0, max);
      this.#queue = this.#queue.length <= max ? [] : this.#queue.slice(max);
      await this.#deliver(batch);
    }
    this.#pump = undefined;
  }

  async #deliver(batch: readonly PendingRecord[]): Promise<void> {
    let rest = batch;
    for (let attempt = 1; rest.length > 0; attempt += 1) {
      try {
        await this.#options.publisher.send(rest.map((pending) => pending.record));
        this.#settle(rest);
        return;
      } catch (error) {
        if (error instanceof AppError && error.failure === 'poison') return this.#deliverOneByOne(rest, error);
        if (this.#abandon.signal.aborted) return this.#settle(rest, closing(rest.length, error));
        const delayMs = retryDelay(retry, attempt, Math.random());
        this.#options.log.warn(
          { records: rest.length, attempt, delayMs, err: error },
          'the log took no records; trying again',
        );
        await pause(delayMs, this.#abandon.signal);
        rest = this.#dropUnwanted(rest);
      }
    }
  }

  async #deliverOneByOne(batch: readonly PendingRecord[], error: AppError): Promise<void> {
    if (batch.length === 1) return this.#settle(batch, error);
    for (const pending of batch) await this.#deliver([pending]);
  }

  #dropUnwanted(batch: readonly PendingRecord[]): readonly PendingRecord[] {
    const wanted = batch.filter((pending) => pending.stillWanted());
    if (wanted.length === batch.length) return batch;
    const left = batch.filter((pending) => !pending.stillWanted());
    this.#settle(left, new AppError('EVENTBUS_INGEST_LOG_UNAVAILABLE', 'the device left before the log was back'));
    return wanted;
  }

  #settle(batch: readonly PendingRecord[], error?: AppError): void {
    for (const pending of batch) {
      this.#pendingRecords -= 1;
      this.#pendingBytes -= pending.bytes;
      pending.settle(error);
    }
    if (this.#full && this.#pendingBytes < this.#options.maxPendingBytes / 2) this.#setPressure(false);
  }

  #setPressure(full: boolean): void {
    this.#full = full;
    this.#options.onPressure(full);
  }
}

function closing(records: number, cause: unknown): AppError {
  return new AppError('EVENTBUS_INGEST_CLOSING', `${records} records were not acknowledged`, { cause });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
