import type { Admin } from '@platformatic/kafka';

/** What one partition holds. */
export interface PartitionOffsets {
  readonly partition: number;
  /** Offset of the oldest record that is kept. */
  readonly start: number;
  /** Offset that the next record will get. */
  readonly end: number;
}

const earliest = -2n;
const latest = -1n;

/** Start and end offsets of topics, by topic and in the order of partitions. */
export async function topicOffsets(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly PartitionOffsets[]>> {
  if (topics.length === 0) return new Map();
  const starts = await offsetsAt(admin, topics, earliest);
  const ends = await offsetsAt(admin, topics, latest);
  return new Map(
    topics.map((topic) => {
      const ofTopic = [...(ends.get(topic) ?? [])].sort(([left], [right]) => left - right);
      const startOf = (partition: number) => starts.get(topic)?.get(partition) ?? 0;
      return [topic, ofTopic.map(([partition, end]) => ({ partition, start: startOf(partition), end }))];
    }),
  );
}

/** Offset of the first record at or after a time, by partition; -1 where there is none. */
export async function offsetsAtTime(
  admin: Admin,
  topic: string,
  timestampMs: number,
): Promise<ReadonlyMap<number, number>> {
  const found = await offsetsAt(admin, [topic], BigInt(Math.trunc(timestampMs)));
  return found.get(topic) ?? new Map();
}

async function offsetsAt(
  admin: Admin,
  topics: readonly string[],
  timestamp: bigint,
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const metadata = await admin.metadata({ topics: [...topics], forceUpdate: true });
  const asked = topics.map((name) => ({
    name,
    partitions: [...(metadata.topics.get(name)?.partitions.keys() ?? [])].map((partitionIndex) => ({
      partitionIndex,
      timestamp,
    })),
  }));
  const answer = await admin.listOffsets({ topics: asked });
  return new Map(
    answer.map(({ name, partitions }) => [
      name,
      new Map(partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)])),
    ]),
  );
}
