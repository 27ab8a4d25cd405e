import type { GroupMember } from './group-member.ts';
import type { PartitionState } from './partition-state.ts';

export interface CommitLoopOptions {
  readonly member: Pick<GroupMember, 'commit'>;
  readonly states: () => Iterable<PartitionState>;
  readonly intervalMs: number;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Commits settled offsets, one request at a time and at most one an interval. Committing late is safe: what a crash
 * loses is delivered again.
 */
export class CommitLoop {
  readonly #options: CommitLoopOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<boolean> | null = null;
  #closed = false;

  constructor(options: CommitLoopOptions) {
    this.#options = options;
  }

  /** Something was settled. */
  wake(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#commit().then((committed) => {
        if (!committed) this.wake();
      });
    }, this.#options.intervalMs);
  }

  /** Commits everything that is settled now; a failure is reported and left for the next time. */
  async flush(): Promise<void> {
    await this.#running;
    await this.#commit();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.flush();
  }

  #commit(): Promise<boolean> {
    this.#running ??= this.#send().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #send(): Promise<boolean> {
    const settled = [...this.#options.states()]
      .filter((state) => state.position > state.committed)
      .map((state) => ({ state, topic: state.topic, partition: state.partition, offset: state.position }));
    if (settled.length === 0) return true;
    try {
      await this.#options.member.commit(settled);
      for (const { state, offset } of settled) state.committed = offset;
      return true;
    } catch (error) {
      this.#options.onFailed(error);
      return false;
    }
  }
}
