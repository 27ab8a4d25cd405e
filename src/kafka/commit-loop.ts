import type { GroupMember, TopicPartition } from './group-member.ts';

/** How far a partition is, and what the group knows of it. */
interface CommittedPartition extends TopicPartition {
  /** First offset that is not settled. */
  readonly position: number;
  committed: number;
}

export interface CommitLoopOptions {
  readonly member: Pick<GroupMember, 'commit'>;
  readonly partitions: () => Iterable<CommittedPartition>;
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
    const settled = [...this.#options.partitions()]
      .filter((held) => held.position > held.committed)
      .map((held) => ({ held, topic: held.topic, partition: held.partition, offset: held.position }));
    if (settled.length === 0) return true;
    try {
      await this.#options.member.commit(settled);
      for (const { held, offset } of settled) held.committed = offset;
      return true;
    } catch (error) {
      this.#options.onFailed(error);
      return false;
    }
  }
}
