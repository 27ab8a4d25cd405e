import type { BrokerSettings } from '../settings.ts';
import { type ChosenConfig, configType, standardConfig, topicConfigs } from '../topic-config.ts';

/** Where a configuration's value comes from, in the protocol's numbers. */
export const configSource = { topic: 1, broker: 4, standard: 5 } as const;
export const resourceType = { topic: 2, broker: 4 } as const;

export interface ConfigEntry {
  readonly name: string;
  readonly value: string;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly configType: number;
  readonly documentation: string;
}

export const describeTopicConfig = (chosen: ChosenConfig, settings: BrokerSettings): readonly ConfigEntry[] =>
  Object.entries(topicConfigs).map(([name, { type, doc }]) => ({
    name,
    value: chosen[name] ?? standardConfig(name, settings),
    readOnly: false,
    configSource: chosen[name] === undefined ? configSource.standard : configSource.topic,
    isSensitive: false,
    configType: configType[type],
    documentation: doc,
  }));

/** The settings the broker was started with, under the names Kafka's tools know. */
export function describeBrokerConfig(settings: BrokerSettings): readonly ConfigEntry[] {
  const values: Readonly<Record<string, string | number | boolean>> = {
    'auto.create.topics.enable': settings.autoCreateTopics,
    'connections.max.idle.ms': settings.idleConnectionMs,
    'default.replication.factor': 1,
    'delete.topic.enable': true,
    'fetch.max.bytes': settings.maxFetchBytes,
    'group.initial.rebalance.delay.ms': settings.initialRebalanceDelayMs,
    'group.max.session.timeout.ms': settings.maxSessionTimeoutMs,
    'group.max.size': settings.maxGroupSize,
    'group.min.session.timeout.ms': settings.minSessionTimeoutMs,
    'log.cleaner.backoff.ms': settings.compactionCheckMs,
    'log.retention.bytes': settings.retentionBytes,
    'log.retention.check.interval.ms': settings.retentionCheckMs,
    'log.retention.ms': settings.retentionMs,
    'max.connections': settings.maxConnections,
    'message.max.bytes': settings.maxMessageBytes,
    'num.partitions': settings.defaultPartitions,
    'producer.id.expiration.ms': settings.producerExpiryMs,
    'socket.request.max.bytes': settings.maxRequestBytes,
  };
  return Object.entries(values).map(([name, value]) => ({
    name,
    value: String(value),
    readOnly: true,
    configSource: configSource.broker,
    isSensitive: false,
    configType: typeof value === 'boolean' ? configType.boolean : configType.long,
    documentation: 'Set when the broker is started.',
  }));
}
