import type { Topic } from '../../catalogue/model.ts';
import type { TopicDescription } from '../../kafka/admin.ts';

/** One topic as the cluster and the catalogue have it; what one of them lacks is null. */
export interface TopicRow {
  readonly name: string;
  /** What the catalogue declares; null for a topic that others made. */
  readonly declared: Topic | null;
  /** Partitions on the cluster; null where the topic does not exist there. */
  readonly partitions: number | null;
  /** Records that the cluster holds: ends less starts. */
  readonly records: number | null;
}

/** Every topic of both sides: those of the catalogue in its order, then the others by name. */
export function topicRows(declared: readonly Topic[], described: readonly TopicDescription[]): readonly TopicRow[] {
  const onCluster = new Map(described.map((topic) => [topic.name, topic]));
  const names = new Set(declared.map(({ name }) => name));
  const others = [...onCluster.keys()].filter((name) => !names.has(name)).sort();
  return [
    ...declared.map((topic) => row({ name: topic.name, declared: topic }, onCluster)),
    ...others.map((name) => row({ name, declared: null }, onCluster)),
  ];
}

function row(topic: Pick<TopicRow, 'name' | 'declared'>, onCluster: ReadonlyMap<string, TopicDescription>): TopicRow {
  const partitions = onCluster.get(topic.name)?.partitions;
  if (partitions === undefined) return { ...topic, partitions: null, records: null };
  return { ...topic, partitions: partitions.length, records: recordsIn(partitions) };
}

/** Records in partitions: ends less starts. */
export function recordsIn(partitions: readonly { readonly start: number; readonly end: number }[]): number {
  return partitions.reduce((sum, { start, end }) => sum + end - start, 0);
}
