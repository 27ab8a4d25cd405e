import type { Topic } from './model.ts';

/** How long a cluster keeps the topic: its retention, or what the cluster can afford where the lake keeps the rest. */
export function clusterRetentionMs(topic: Topic, clusterMaxRetentionMs: number): number {
  return topic.archive ? Math.min(topic.retentionMs, clusterMaxRetentionMs) : topic.retentionMs;
}
