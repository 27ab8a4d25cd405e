import type { Admin } from '@platformatic/kafka';
import { topicOffsets } from './topic-offsets.ts';

/** A consumer group. */
export interface GroupSummary {
  readonly group: string;
  /** Kafka's name of its state, such as `STABLE` or `EMPTY`. */
  readonly state: string;
}

/** How far a group is in one partition. */
export interface GroupLag {
  readonly topic: string;
  readonly partition: number;
  /** The next offset that the group will read. */
  readonly committed: number;
  readonly end: number;
  /** Records not yet read. */
  readonly lagRecords: number;
}

export async function listGroups(admin: Admin): Promise<readonly GroupSummary[]> {
  const groups = await admin.listGroups();
  return [...groups.values()].map(({ id, state }) => ({ group: id, state }));
}

/** Committed offsets of a group against the ends of its partitions; topics deleted since are left out. */
export async function groupLag(admin: Admin, group: string): Promise<readonly GroupLag[]> {
  const [found] = await admin.listConsumerGroupOffsets({ groups: [group] });
  const existing = new Set(await admin.listTopics());
  const topics = (found?.topics ?? []).filter(({ name }) => existing.has(name));
  const offsets = await topicOffsets(
    admin,
    topics.map(({ name }) => name),
  );
  return topics.flatMap(({ name, partitions }) =>
    partitions.flatMap(({ partitionIndex, committedOffset }) => {
      const ofPartition = offsets.get(name)?.find(({ partition }) => partition === partitionIndex);
      const committed = Number(committedOffset);
      if (ofPartition === undefined || committed < 0) return [];
      const { end, start } = ofPartition;
      const lagRecords = Math.max(0, end - Math.max(committed, start));
      return [{ topic: name, partition: partitionIndex, committed, end, lagRecords }];
    }),
  );
}
