import type { CommitQueue } from '../log/commit-queue.ts';
import type { Store } from '../log/store.ts';

export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

export interface OffsetToCommit extends CommittedOffset {
  readonly topicId: number;
  readonly partition: number;
}

export type Offsets = ReturnType<typeof makeOffsets>;

const sql = {
  save: 'INSERT OR REPLACE INTO group_offset VALUES (?, ?, ?, ?, ?, ?, ?)',
  read: 'SELECT position, leader_epoch, metadata FROM group_offset WHERE grp = ? AND topic = ? AND partition = ?',
  readAll:
    'SELECT name, partition FROM group_offset JOIN topic ON topic.id = topic WHERE grp = ? ORDER BY name, partition',
  groups: 'SELECT DISTINCT grp FROM group_offset',
  has: 'SELECT 1 FROM group_offset WHERE grp = ? LIMIT 1',
  deleteGroup: 'DELETE FROM group_offset WHERE grp = ?',
  deleteOne: 'DELETE FROM group_offset WHERE grp = ? AND topic = ? AND partition = ?',
} as const;

/** The offsets that consumer groups committed, on disk. */
export function makeOffsets(store: Store, queue: CommitQueue, clock: () => number) {
  const save = store.db.prepare(sql.save);
  const read = store.db.prepare(sql.read);
  const readAll = store.db.prepare(sql.readAll);
  const groups = store.db.prepare(sql.groups);
  const has = store.db.prepare(sql.has);
  const deleteGroup = store.db.prepare(sql.deleteGroup);
  const deleteOne = store.db.prepare(sql.deleteOne);
  return {
    /** Settles when the offsets are on disk; they share the fsync of the records that arrive with them. */
    commit(group: string, offsets: readonly OffsetToCommit[]): Promise<void> {
      if (offsets.length === 0) return Promise.resolve();
      const nowMs = clock();
      queue.add(() => {
        for (const { topicId, partition, offset, leaderEpoch, metadata } of offsets) {
          save.run(group, topicId, partition, offset, leaderEpoch, metadata, nowMs);
        }
      });
      return queue.durable();
    },
    committed(group: string, topicId: number, partition: number): CommittedOffset | undefined {
      const row = read.get(group, topicId, partition);
      if (row === undefined) return undefined;
      return {
        offset: row['position'] as number,
        leaderEpoch: row['leader_epoch'] as number,
        metadata: row['metadata'] as string,
      };
    },
    /** Partitions the group has offsets for, by topic name. */
    partitions(group: string): ReadonlyMap<string, readonly number[]> {
      const found = new Map<string, number[]>();
      for (const row of readAll.all(group)) {
        const name = row['name'] as string;
        const numbers = found.get(name);
        if (numbers === undefined) found.set(name, [row['partition'] as number]);
        else numbers.push(row['partition'] as number);
      }
      return found;
    },
    groups: (): readonly string[] => groups.all().map((row) => row['grp'] as string),
    hasGroup: (group: string): boolean => has.get(group) !== undefined,
    deleteGroup(group: string): void {
      queue.now(() => deleteGroup.run(group));
    },
    delete(group: string, topicId: number, partition: number): void {
      queue.now(() => deleteOne.run(group, topicId, partition));
    },
  };
}
