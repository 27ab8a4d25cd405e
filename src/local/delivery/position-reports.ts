import { setTimeout as delay } from 'node:timers/promises';
import { keyOf, type LogSource, type PartitionPosition } from './log-source.ts';

export interface PositionReportsOptions {
  readonly source: Pick<LogSource, 'report'>;
  /** Consumer group whose committed offsets the positions become. */
  readonly group: string;
  /** Ends trying again. */
  readonly signal: AbortSignal;
  /** Wait before what the cluster did not take is reported again, ms. @default 1000 */
  readonly retryMs?: number;
}

/**
 * Reports how far the lake has every partition, for lag displays and the audit's wait. A report that fails is repeated
 * until the cluster takes it: after a partition's last record no later report would make up for it.
 */
export class PositionReports {
  readonly #options: PositionReportsOptions;
  readonly #pending = new Map<string, PartitionPosition>();
  #running: Promise<void> | undefined;

  constructor(options: PositionReportsOptions) {
    this.#options = options;
  }

  /** Replaces what was to be reported of these partitions. */
  add(positions: readonly PartitionPosition[]): void {
    for (const position of positions) this.#pending.set(keyOf(position), position);
    if (this.#pending.size > 0) this.#running ??= this.#run();
  }

  /** Resolves when everything is reported, or when it failed after the signal. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal, retryMs = 1000 } = this.#options;
    while (this.#pending.size > 0) {
      const failed = await this.#reportPending().then(
        () => false,
        () => true,
      );
      // Reading the log says that the cluster is away; the delivery's state file is what counts.
      if (failed && signal.aborted) break;
      if (failed) await delay(retryMs, undefined, { signal }).catch(() => {});
    }
    this.#running = undefined;
  }

  async #reportPending(): Promise<void> {
    const { source, group } = this.#options;
    const taken = [...this.#pending];
    await source.report(
      group,
      taken.map(([, position]) => position),
    );
    for (const [key, position] of taken) if (this.#pending.get(key) === position) this.#pending.delete(key);
  }
}
