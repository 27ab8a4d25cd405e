import type { DiskSync } from './disk-sync.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Store } from './store.ts';

/** Two overlap, so that what arrives while the disk works for one group does not wait for it to end. */
const maxSyncing = 2;

interface Group {
  work: (() => void)[];
  readonly logs: Set<PartitionLog>;
  readonly settled: PromiseWithResolvers<void>;
}

/** A committed group whose sync is under way. */
interface Syncing {
  readonly publish: readonly (() => void)[];
  readonly settled: PromiseWithResolvers<void>;
}

/**
 * Group commit. Whatever asks to be stored during one turn of the event loop shares one transaction and one sync of the
 * disk; what arrives while the disk works forms the next groups by itself.
 */
export class CommitQueue {
  private group: Group | undefined;
  private readonly syncing: Syncing[] = [];
  private broken: unknown;
  private readonly store: Store;
  private readonly disk: DiskSync;
  private readonly onFailure: (error: unknown) => void;

  constructor(store: Store, disk: DiskSync, onFailure: (error: unknown) => void) {
    this.store = store;
    this.disk = disk;
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
    const settled = (this.group ?? this.syncing.at(-1))?.settled.promise;
    if (settled !== undefined) return settled;
    // A producer that repeats a batch of a lost group adds nothing, but what it asks for is not on disk.
    return this.broken === undefined ? Promise.resolve() : Promise.reject(this.broken);
  }

  /** Commits at once what is waiting; its sync follows. */
  flush(): void {
    const group = this.group;
    if (group === undefined) return;
    this.group = undefined;
    try {
      if (this.broken !== undefined) throw this.broken;
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
    this.sync({ publish: [...group.logs].map((log) => log.sealed()), settled: group.settled });
  }

  /** Does `work` in a transaction of its own, after what is waiting; it is on disk when this returns. */
  now<T>(work: () => T): T {
    this.flush();
    const result = this.store.transaction(work);
    this.disk.syncNow();
    return result;
  }

  /** Stores what is waiting and waits for the disk. */
  async close(): Promise<void> {
    this.flush();
    await Promise.allSettled(this.syncing.map(({ settled }) => settled.promise));
  }

  private openGroup(): Group {
    const group: Group = { work: [], logs: new Set(), settled: Promise.withResolvers() };
    // Whoever does not wait for the group must not turn its failure into an unhandled rejection.
    group.settled.promise.catch(() => {});
    this.group = group;
    setImmediate(() => this.flushWhenRoom());
    return group;
  }

  private flushWhenRoom(): void {
    if (this.syncing.length < maxSyncing) this.flush();
  }

  private sync(entry: Syncing): void {
    this.syncing.push(entry);
    if (process.env['DS'] === 'inline') {
      this.disk.syncNow();
      this.synced(entry);
      return;
    }
    this.disk.sync().then(
      () => this.synced(entry),
      (error: unknown) => this.lost(error),
    );
  }

  /** A sync covers every commit before it, so earlier groups are on disk too. */
  private synced(entry: Syncing): void {
    const done = this.syncing.splice(0, this.syncing.indexOf(entry) + 1);
    for (const { publish, settled } of done) {
      for (const step of publish) step();
      settled.resolve();
    }
    this.flushWhenRoom();
  }

  /** After a failed sync nobody knows what the disk holds: nothing more is accepted until a restart reads it. */
  private lost(error: unknown): void {
    this.broken ??= error;
    this.onFailure(error);
    for (const { settled } of this.syncing.splice(0)) settled.reject(error);
    this.flush();
  }

  private undo(group: Group): void {
    try {
      for (const log of group.logs) log.forgetUncommitted();
    } catch (error) {
      this.onFailure(error);
    }
  }
}
