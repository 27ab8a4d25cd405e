import type { Topic } from '../catalogue/model.ts';
import { clusterRetentionMs } from '../catalogue/retention.ts';

/** A topic as a cluster is asked to have it. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Copies of each partition. @default what the cluster says */
  readonly replicationFactor?: number;
  /** Topic settings by Kafka's names, such as `retention.ms`. */
  readonly configs?: Readonly<Record<string, string>>;
}

/** What an environment decides about all topics. */
export interface ClusterLimits {
  /** Longest retention that the cluster can afford, ms; the lake keeps the rest of archived topics. */
  readonly maxRetentionMs: number;
  /** Most partitions a topic gets. @default what the catalogue says */
  readonly maxPartitions?: number;
  readonly replicationFactor?: number;
}

/** How a topic of the catalogue stands on a cluster. */
export function topicSpecOf(topic: Topic, limits: ClusterLimits): TopicSpec {
  return {
    name: topic.name,
    partitions: Math.min(topic.partitions, limits.maxPartitions ?? topic.partitions),
    ...(limits.replicationFactor === undefined ? {} : { replicationFactor: limits.replicationFactor }),
    configs: {
      'cleanup.policy': topic.cleanup,
      'retention.ms': String(clusterRetentionMs(topic, limits.maxRetentionMs)),
    },
  };
}
