import type { PartitionLog } from './partition-log.ts';
import type { Store } from './store.ts';

interface Group {
  readonly work: (() => void)[];
  readonly logs: Set<PartitionLog>;
  readonly settled: PromiseWithResolvers<void>;
}

/**
 * Group commit. Whatever asks to be stored during one turn of the event loop shares one transaction and one fsync;
 * what arrives while the disk works waits in the sockets and forms the next group by itself.
 */
export class CommitQueue {
  private group: Group | undefined;
  private readonly store: Store;
  private readonly onFailure: (error: unknown) => void;

  constructor(store: Store, onFailure: (error: unknown) => void) {
    this.store = store;
    this.onFailure = onFailure;
  }

  /** Does `work` inside the next transaction. `log` is the partition it appends to, if any. */
  add(work: () => void, log?: PartitionLog): void {
    const group = this.group ?? this.openGroup();
    group.work.push(work);
    if (log !== undefined) group.logs.add(log);
  }

  /** Settles when everything added so far is on disk, or rejects when it could not be stored. */
  durable(): Promise<void> {
    return this.group?.settled.promise ?? Promise.resolve();
  }

  /** Stores at once what is waiting. */
  flush(): void {
    const group = this.group;
    if (group === undefined) return;
    this.group = undefined;
    try {
      this.store.transaction(() => {
        for (const step of group.work) step();
        for (const log of group.logs) log.saveProducers();
      });
    } catch (error) {
      this.undo(group);
      this.onFailure(error);
      group.settled.reject(error);
      return;
    }
    group.settled.resolve();
    for (const log of group.logs) log.committed();
  }

  /** Does `work` in a transaction of its own, after what is waiting; it is on disk when this returns. */
  now<T>(work: () => T): T {
    this.flush();
    return this.store.transaction(work);
  }

  private openGroup(): Group {
    const group: Group = { work: [], logs: new Set(), settled: Promise.withResolvers() };
    // Whoever does not wait for the group must not turn its failure into an unhandled rejection.
    group.settled.promise.catch(() => {});
    this.group = group;
    setImmediate(() => this.flush());
    return group;
  }

  private undo(group: Group): void {
    try {
      for (const log of group.logs) log.forgetUncommitted();
    } catch (error) {
      this.onFailure(error);
    }
  }
}
