import type { PartitionLog } from './partition-log.ts';
import type { Store } from './store.ts';

/**
 * Group commit. Whatever asks to be stored during one turn of the event loop shares one transaction and one fsync;
 * what arrives while the disk works waits in the sockets and forms the next group by itself.
 */
export class CommitQueue {
  private work: (() => void)[] = [];
  private readonly logs = new Set<PartitionLog>();
  private group: PromiseWithResolvers<void> | undefined;
  private readonly store: Store;
  private readonly onFailure: (error: unknown) => void;

  constructor(store: Store, onFailure: (error: unknown) => void) {
    this.store = store;
    this.onFailure = onFailure;
  }

  /** Does `work` inside the next transaction. `log` is the partition it appends to, if any. */
  add(work: () => void, log?: PartitionLog): void {
    this.work.push(work);
    if (log !== undefined) this.logs.add(log);
    this.schedule();
  }

  /** Settles when everything added so far is on disk, or rejects when it could not be stored. */
  durable(): Promise<void> {
    return this.group?.promise ?? Promise.resolve();
  }

  /** Commits at once what is waiting. */
  flush(): void {
    const group = this.group;
    if (group === undefined) return;
    const work = this.work;
    const logs = [...this.logs];
    this.group = undefined;
    this.work = [];
    this.logs.clear();
    try {
      this.store.transaction(() => {
        for (const step of work) step();
        for (const log of logs) log.saveProducers();
      });
    } catch (error) {
      this.undo(logs);
      this.onFailure(error);
      group.reject(error);
      return;
    }
    group.resolve();
    for (const log of logs) log.committed();
  }

  private undo(logs: readonly PartitionLog[]): void {
    try {
      for (const log of logs) log.reload();
    } catch (error) {
      this.onFailure(error);
    }
  }

  private schedule(): void {
    if (this.group !== undefined) return;
    this.group = Promise.withResolvers();
    // Whoever does not wait for the group must not turn its failure into an unhandled rejection.
    this.group.promise.catch(() => {});
    setImmediate(() => this.flush());
  }
}
