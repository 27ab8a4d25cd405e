import type { Topic } from '../../src/catalogue/model.ts';
import { clusterRetentionMs } from '../../src/catalogue/retention.ts';
import type { ClusterConfig } from '../config.ts';

/** Kafka's own default: a record of any age is taken. */
const anyAge = '9223372036854775807';

/** Settings of a topic by Kafka's names, as the brokers of an environment take them. */
export function topicConfigs(topic: Topic, cluster: ClusterConfig): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': topic.cleanup,
    // What producers sent stays as it is: brokers that compress again would cost their processors.
    'compression.type': 'producer',
    // Express refuses records older than a day unless told otherwise: replays, redrives and copies from another region.
    'message.timestamp.before.max.ms': anyAge,
    'retention.ms': String(clusterRetentionMs(topic, cluster.maxRetentionMs)),
    // Express keeps it at 2 itself and refuses to be told.
    ...(cluster.type === 'express' ? {} : { 'min.insync.replicas': '2' }),
  };
}

/** The form in which `AWS::MSK::Topic` takes settings: lines of a properties file, in Base64. */
export function encodeTopicConfigs(configs: Readonly<Record<string, string>>): string {
  const lines = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  return Buffer.from(lines.join('\n'), 'utf8').toString('base64');
}
