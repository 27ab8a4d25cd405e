import { setTimeout as delay } from 'node:timers/promises';
import type { LastFailure } from './delivery-log.ts';
import { type FlushDeps, type FlushResult, flushBuffer } from './flush.ts';
import type { PartitionPosition } from './log-source.ts';
import type { TopicBuffer } from './topic-buffer.ts';

export interface FlushQueueOptions {
  readonly deps: FlushDeps;
  readonly failure: LastFailure;
  /** Ends trying again. */
  readonly signal: AbortSignal;
  /** Told of positions that are in the lake. */
  readonly onFlushed: (positions: readonly PartitionPosition[]) => void;
}

/** Writes buffers one after another, so that positions never go back; each is tried until it is in the lake. */
export class FlushQueue {
  readonly #options: FlushQueueOptions;
  #last: Promise<void> = Promise.resolve();
  #gaveUp = false;
  #bytes = 0;
  #sums: Pick<FlushResult, 'rows' | 'errors' | 'files'> = { rows: 0, errors: 0, files: 0 };

  constructor(options: FlushQueueOptions) {
    this.#options = options;
  }

  /** Bytes that wait to be written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What has been written. */
  get sums(): Pick<FlushResult, 'rows' | 'errors' | 'files'> {
    return this.#sums;
  }

  add(buffer: TopicBuffer): void {
    this.#bytes += buffer.bytes;
    this.#last = this.#last.then(async () => {
      // After one buffer was given up, later ones must not move positions beyond its records.
      if (!this.#gaveUp) await this.#untilDone(buffer);
      this.#bytes -= buffer.bytes;
    });
  }

  /** Resolves when everything is written that was added by now, or given up after the signal. */
  settled(): Promise<void> {
    return this.#last;
  }

  async #untilDone(buffer: TopicBuffer): Promise<void> {
    const { deps, failure, signal, onFlushed } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        const { rows, errors, files, positions } = await flushBuffer(buffer, deps);
        const before = this.#sums;
        this.#sums = { rows: before.rows + rows, errors: before.errors + errors, files: before.files + files };
        if (attempt > 1) failure.mended();
        onFlushed(positions);
        return;
      } catch (error) {
        failure.failed(error, 'the lake delivery cannot write', attempt);
        // On the way out one try is enough: the log still has the records, and positions have not moved.
        this.#gaveUp = signal.aborted;
        if (this.#gaveUp) return;
        await delay(Math.min(5000, 100 * 2 ** attempt), undefined, { signal }).catch(() => {});
      }
    }
  }
}
