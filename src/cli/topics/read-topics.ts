import { randomUUID } from 'node:crypto';
import type { AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import { catalogue } from '../../catalogue/catalogue.ts';
import { topicNamed } from '../../catalogue/lookup.ts';
import type { Topic } from '../../catalogue/model.ts';
import { schemas } from '../../catalogue/schemas.generated.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import type { KafkaAdmin } from '../../kafka/admin.ts';
import type { GroupLag } from '../../kafka/group-offsets.ts';
import type { PartitionOffsets } from '../../kafka/topic-offsets.ts';
import { unknownTopic } from '../topic-name.ts';
import { exampleEvent } from './example-event.ts';
import { type SchemaField, schemaFields } from './schema-fields.ts';
import { type TopicRow, topicRows } from './topic-rows.ts';

/** What a cluster is asked about topics. */
export type TopicReader = Pick<KafkaAdmin, 'topicNames' | 'listTopics' | 'topicConfigs' | 'listGroups' | 'groupLag'>;

/** Every topic of the cluster and of the catalogue. */
export async function readTopics(admin: TopicReader): Promise<readonly TopicRow[]> {
  return topicRows(catalogue.topics, await admin.listTopics());
}

/** How far a consumer group is in one topic. */
export interface TopicGroup {
  readonly group: string;
  readonly state: string;
  readonly lagRecords: number;
  readonly partitions: readonly GroupLag[];
}

/** One topic with everything that a producer or consumer of it wants to know. */
export interface TopicDetails {
  readonly name: string;
  /** Null for a topic that is not in the catalogue. */
  readonly declared: Topic | null;
  readonly schema: TopicSchema | null;
  /** Null when the topic is not on the cluster, absent when the cluster was not asked. */
  readonly cluster?: TopicOnCluster | null;
}

export interface TopicSchema {
  readonly subject: string;
  readonly version: number;
  readonly doc: string;
  readonly fields: readonly SchemaField[];
  /** An event that `event-bus produce` takes. */
  readonly example: Readonly<Record<string, unknown>>;
}

export interface TopicOnCluster {
  readonly partitions: readonly PartitionOffsets[];
  /** -1 for ever; null when the cluster does not tell. */
  readonly retentionMs: number | null;
  readonly cleanup: string | null;
  readonly groups: readonly TopicGroup[];
}

/**
 * Details of a topic that the cluster or the catalogue has.
 * @throws AppError EVENTBUS_CLI_TOPIC_UNKNOWN with close names
 */
export async function readTopic(admin: TopicReader, name: string, nowMs: number): Promise<TopicDetails> {
  const names = await admin.topicNames();
  const declared = topicNamed(name) ?? null;
  const exists = names.includes(name);
  if (!exists && declared === null) {
    throw unknownTopic(name, [...new Set([...catalogue.topics.map((topic) => topic.name), ...names])]);
  }
  const schema = declared === null ? null : topicSchema(declared, nowMs);
  return { name, declared, schema, cluster: exists ? await onCluster(admin, name) : null };
}

/** The newest schema of a topic, for people. */
export function topicSchema(topic: Topic, nowMs: number): TopicSchema {
  const versions = schemas[subjectOf(topic.name)];
  const newest = versions.at(-1) as AvroRecordSchema;
  const example = exampleEvent(topic, newest, { nowMs, uuid: randomUUID() });
  const { subject } = topic;
  return { subject, version: versions.length, doc: newest.doc ?? '', fields: schemaFields(newest), example };
}

async function onCluster(admin: TopicReader, name: string): Promise<TopicOnCluster> {
  const [[topic], configs, groups] = await Promise.all([
    admin.listTopics([name]),
    admin.topicConfigs(name),
    groupsOf(admin, name),
  ]);
  const retention = configs['retention.ms'];
  return {
    partitions: topic?.partitions ?? [],
    retentionMs: retention === undefined ? null : Number(retention),
    cleanup: configs['cleanup.policy'] ?? null,
    groups,
  };
}

async function groupsOf(admin: TopicReader, topic: string): Promise<readonly TopicGroup[]> {
  const groups = await admin.listGroups();
  const read = await Promise.all(
    groups.map(async ({ group, state }) => {
      const partitions = (await admin.groupLag(group)).filter((lag) => lag.topic === topic);
      return { group, state, partitions, lagRecords: partitions.reduce((sum, lag) => sum + lag.lagRecords, 0) };
    }),
  );
  return read
    .filter(({ partitions }) => partitions.length > 0)
    .sort((left, right) => (left.group < right.group ? -1 : 1));
}
