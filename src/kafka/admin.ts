import { setTimeout } from 'node:timers/promises';
import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from '@platformatic/kafka';
import { AppError } from '../core/errors/app-error.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { type GroupLag, type GroupSummary, groupLag, listGroups } from './group-offsets.ts';
import { kafkaFailure } from './kafka-failure.ts';
import { type PartitionOffsets, topicOffsets } from './topic-offsets.ts';
import type { TopicSpec } from './topic-spec.ts';

/** What `ensureTopics` did with a topic. */
export interface TopicChange {
  readonly name: string;
  readonly change: 'created' | 'grown' | 'configured' | 'unchanged';
}

/** A topic as the cluster has it. */
export interface TopicDescription {
  readonly name: string;
  readonly partitions: readonly PartitionOffsets[];
}

/** Looks after topics and groups. Every failure is a coded `AppError` that says what was attempted. */
export interface KafkaAdmin {
  /**
   * Creates what is missing, adds partitions and changes settings where the spec says otherwise; never shrinks or
   * deletes. A topic that has more partitions than its spec is left as it is.
   */
  ensureTopics(specs: readonly TopicSpec[]): Promise<readonly TopicChange[]>;
  /** Names of all topics, sorted. */
  topicNames(): Promise<readonly string[]>;
  /** Topics with the offsets of their partitions. @param names which ones; absent: all */
  listTopics(names?: readonly string[]): Promise<readonly TopicDescription[]>;
  /** Settings of a topic by Kafka's names. */
  topicConfigs(name: string): Promise<Readonly<Record<string, string>>>;
  deleteTopics(names: readonly string[]): Promise<void>;
  /** Consumer groups that the cluster knows. */
  listGroups(): Promise<readonly GroupSummary[]>;
  /** Committed offsets of a group and how far they are behind. Empty for a group that has committed nothing. */
  groupLag(group: string): Promise<readonly GroupLag[]>;
  /** Sets committed offsets of a group that has no members. */
  commitOffsets(group: string, offsets: readonly GroupOffset[]): Promise<void>;
  deleteGroups(groups: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Where a group is to go on in one partition. */
export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to be read. */
  readonly offset: number;
}

export interface AdminOptions {
  readonly connection: KafkaConnection;
  /** @default event-bus-admin */
  readonly clientId?: string;
  /** Attempts after the first of each request. @default 3 */
  readonly retries?: number;
}

export function makeAdmin({ connection, clientId = 'event-bus-admin', retries = 3 }: AdminOptions): KafkaAdmin {
  const admin = new Admin({ ...clientOptions(connection, clientId), retries, retryDelay: 200 });
  const where = connection.bootstrapServers;
  const attempt = <T>(what: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw kafkaFailure(error, `${what} at ${where}`);
    });

  return {
    ensureTopics: (specs) => attempt('creating topics', ensureTopics(admin, specs)),
    topicNames: () => attempt('listing topics', admin.listTopics()),
    listTopics: (names) => attempt('describing topics', describeTopics(admin, names)),
    topicConfigs: (name) => attempt(`reading settings of topic "${name}"`, configsOf(admin, name)),
    deleteTopics: (names) => attempt(`deleting topics ${names.join(', ')}`, admin.deleteTopics({ topics: [...names] })),
    listGroups: () => attempt('listing groups', listGroups(admin)),
    groupLag: (group) => attempt(`reading offsets of group "${group}"`, groupLag(admin, group)),
    commitOffsets: (group, offsets) => attempt(`setting offsets of group "${group}"`, commit(admin, group, offsets)),
    deleteGroups: (groups) =>
      attempt(`deleting groups ${groups.join(', ')}`, admin.deleteGroups({ groups: [...groups] })),
    close: () => admin.close(),
  };
}

async function describeTopics(admin: Admin, names?: readonly string[]): Promise<readonly TopicDescription[]> {
  const wanted = names ?? (await admin.listTopics());
  const offsets = await topicOffsets(admin, wanted);
  return wanted.map((name) => ({ name, partitions: offsets.get(name) ?? [] }));
}

async function ensureTopics(admin: Admin, specs: readonly TopicSpec[]): Promise<readonly TopicChange[]> {
  const existing = new Set(await admin.listTopics());
  const missing = specs.filter(({ name }) => !existing.has(name));
  const present = specs.filter(({ name }) => existing.has(name));
  await createAll(admin, missing);
  const grown = await growAll(admin, present);
  const changes = new Map<string, TopicChange['change']>(missing.map(({ name }) => [name, 'created']));
  for (const spec of present) {
    const configured = await configure(admin, spec);
    changes.set(spec.name, grown.has(spec.name) ? 'grown' : configured ? 'configured' : 'unchanged');
  }
  await untilDescribed(admin, missing);
  return specs.map(({ name }) => ({ name, change: changes.get(name) ?? 'unchanged' }));
}

/** One request takes one set of settings, so topics with the same ones go together. */
async function createAll(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const groups = Map.groupBy(specs, ({ configs }) => JSON.stringify(configs ?? {}));
  for (const group of groups.values()) {
    const configs = Object.entries(group[0]?.configs ?? {}).map(([name, value]) => ({ name, value }));
    const topics = group.map(({ name, partitions, replicationFactor = -1 }) => ({
      topic: name,
      partitions,
      replicas: replicationFactor,
    }));
    await admin.createTopics({ topics, configs });
  }
}

async function growAll(admin: Admin, specs: readonly TopicSpec[]): Promise<ReadonlySet<string>> {
  if (specs.length === 0) return new Set();
  const { topics } = await admin.metadata({ topics: specs.map(({ name }) => name), forceUpdate: true });
  const small = specs.filter(({ name, partitions }) => (topics.get(name)?.partitionsCount ?? partitions) < partitions);
  if (small.length > 0) {
    const wanted = small.map(({ name, partitions }) => ({ name, count: partitions, assignments: null }));
    await admin.createPartitions({ topics: wanted });
  }
  return new Set(small.map(({ name }) => name));
}

async function configure(admin: Admin, { name, configs = {} }: TopicSpec): Promise<boolean> {
  const current = await configsOf(admin, name);
  const different = Object.entries(configs).filter(([key, value]) => current[key] !== value);
  if (different.length === 0) return false;
  const changed = different.map(([key, value]) => ({
    name: key,
    configOperation: IncrementalAlterConfigOperationTypes.SET,
    value,
  }));
  await admin.incrementalAlterConfigs({
    resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configs: changed }],
  });
  return true;
}

async function configsOf(admin: Admin, name: string): Promise<Readonly<Record<string, string>>> {
  const [found] = await admin.describeConfigs({
    resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name }],
  });
  return Object.fromEntries((found?.configs ?? []).map((config) => [config.name, config.value ?? '']));
}

const describedWithinMs = 15_000;

/** A cluster answers a creation before all of its brokers know the topic. */
async function untilDescribed(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const names = specs.map(({ name }) => name);
  const endMs = Date.now() + describedWithinMs;
  while (names.length > 0) {
    const described = await admin.metadata({ topics: names, forceUpdate: true }).then(
      ({ topics }) => specs.every(({ name, partitions }) => (topics.get(name)?.partitionsCount ?? 0) >= partitions),
      () => false,
    );
    if (described) return;
    if (Date.now() > endMs) {
      throw new AppError('EVENTBUS_KAFKA_REQUEST_FAILED', `new topics do not appear: ${names.join(', ')}`);
    }
    await setTimeout(100);
  }
}

async function commit(admin: Admin, group: string, offsets: readonly GroupOffset[]): Promise<void> {
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, ofTopic]) => ({
    name,
    partitionOffsets: ofTopic.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
  }));
  await admin.alterConsumerGroupOffsets({ groupId: group, topics });
}
