import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalogue, Topic } from '../../catalogue/model.ts';
import type { KafkaAdmin, TopicDescription } from '../../kafka/admin.ts';
import type { GroupLag } from '../../kafka/group-offsets.ts';
import { type Check, type Finding, fail, ok, warn } from './finding.ts';

const count = (value: number) => value.toLocaleString('en-US');

export interface KafkaChecks {
  readonly admin: Pick<KafkaAdmin, 'listTopics' | 'groupLag'>;
  readonly catalogue: Catalogue;
  /** Bootstrap servers, for messages. */
  readonly servers: string;
  /** Partitions a topic of the catalogue has at least. */
  readonly partitionsOf: (topic: Topic) => number;
}

/** The cluster answers and has the catalogue's topics. */
export function kafkaCheck({ admin, catalogue, servers, partitionsOf }: KafkaChecks): Check {
  const run = async (): Promise<readonly Finding[]> => {
    const described = await admin.listTopics();
    return [ok('Kafka', `${servers} answers`), ...topicFindings(catalogue.topics, described, partitionsOf)];
  };
  return { name: 'Kafka', run };
}

/** What is wrong with the topics of a cluster. */
export function topicFindings(
  declared: readonly Topic[],
  described: readonly TopicDescription[],
  partitionsOf: (topic: Topic) => number,
): readonly Finding[] {
  const partitions = new Map(described.map((topic) => [topic.name, topic.partitions.length]));
  const missing = declared.filter(({ name }) => !partitions.has(name)).map(({ name }) => name);
  const small = declared.filter((topic) => (partitions.get(topic.name) ?? Infinity) < partitionsOf(topic));
  const large = declared.filter((topic) => (partitions.get(topic.name) ?? 0) > topic.partitions);
  const sizes = (topics: readonly Topic[], wanted: (topic: Topic) => number) =>
    shortened(topics.map((topic) => `${topic.name} ${partitions.get(topic.name)} of ${wanted(topic)}`));
  const create = 'Start the bus on this cluster once: "event-bus start", with --kafka where it is not embedded.';
  const grow = `${create} Its flag --partitions says how many a topic gets at most.`;
  const findings = [
    ...(missing.length === 0 ? [] : [fail('topics', `not on the cluster: ${shortened(missing)}`, create)]),
    ...(small.length === 0
      ? []
      : [warn('topics', `fewer partitions than declared: ${sizes(small, partitionsOf)}`, grow)]),
    ...(large.length === 0
      ? []
      : [
          warn(
            'topics',
            `more partitions than the catalogue says, and partitions can only grow: ${sizes(large, ({ partitions }) => partitions)}`,
            'Raise the number in src/catalogue/topics.',
          ),
        ]),
  ];
  return findings.length > 0 ? findings : [ok('topics', `all ${declared.length} of the catalogue are there`)];
}

const maxNamed = 5;

function shortened(names: readonly string[]): string {
  const rest = names.length > maxNamed ? [`and ${names.length - maxNamed} more`] : [];
  return [...names.slice(0, maxNamed), ...rest].join(', ');
}

/** Lag above which a consumer is asked whether it moves. */
const largeLag = 10_000;
const watchMs = 2000;

/** Consumers keep up, or at least move. */
export function lagCheck({ admin, catalogue }: Pick<KafkaChecks, 'admin' | 'catalogue'>, watch = watchMs): Check {
  const name = 'lag';
  const run = async (): Promise<readonly Finding[]> => {
    const names = catalogue.consumers.map((consumer) => consumer.name);
    const before = await lags(admin, names);
    const behind = [...before].filter(([, lag]) => lag.records > largeLag).map(([consumer]) => consumer);
    if (behind.length > 0) await sleep(watch);
    const after = behind.length > 0 ? await lags(admin, behind) : before;
    const stuck = behind.filter((consumer) => (after.get(consumer)?.done ?? 0) <= (before.get(consumer)?.done ?? 0));
    if (stuck.length > 0) {
      return stuck.map((consumer) =>
        warn(
          name,
          `${consumer} is ${count(after.get(consumer)?.records ?? 0)} records behind and stands still`,
          'See the log file of the bus for its last error; a lake writes once a minute.',
        ),
      );
    }
    return [
      ok(
        name,
        [...before].map(([consumer, { records }]) => `${consumer} ${count(records)}`).join(', ') ||
          'no consumer has begun',
      ),
    ];
  };
  return { name, run };
}

interface Lag {
  readonly records: number;
  /** Sum of committed offsets. */
  readonly done: number;
}

async function lags(admin: KafkaChecks['admin'], consumers: readonly string[]): Promise<ReadonlyMap<string, Lag>> {
  const found = await Promise.all(consumers.map(async (name) => [name, await admin.groupLag(name)] as const));
  return new Map(
    found.filter(([, partitions]) => partitions.length > 0).map(([name, partitions]) => [name, total(partitions)]),
  );
}

function total(partitions: readonly GroupLag[]): Lag {
  return {
    records: partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
    done: partitions.reduce((sum, { committed }) => sum + committed, 0),
  };
}
