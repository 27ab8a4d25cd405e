import type { Catalogue, Consumer } from '../../../src/catalogue/model.ts';
import type { ClusterConfig } from '../../config.ts';
import { brokerLimits, limits, plannedShare } from './broker-limits.ts';
import { type MappingLoad, mappingLoads } from './mapping-load.ts';
import { mappedConsumers, type TopicLoad, topicLoads } from './topic-load.ts';

/** One line of the capacity table: what is needed of what there is. */
export interface CapacityRow {
  readonly what: string;
  readonly needed: number;
  /** Absent where AWS promises no figure. */
  readonly limit?: number;
  readonly unit: string;
  /** What to change when the need is above the limit. */
  readonly wayOut: string;
}

export interface CapacityInput {
  readonly catalogue: Catalogue;
  readonly cluster: ClusterConfig;
  readonly eventsPerSecond: number;
  /** Whether a Replicator reads along. */
  readonly replicated: boolean;
}

const mb = 1_000_000;

/** What a catalogue needs of a cluster and of the account at a rate of events, line by line. */
export function capacity(input: CapacityInput): readonly CapacityRow[] {
  const loads = topicLoads(input.catalogue, input);
  const mappings = mappingLoads(input.catalogue, loads);
  return [
    ...clusterRows(input, loads),
    ...partitionRows(loads),
    ...pollerRows(mappings),
    ...concurrencyRows(input.catalogue, mappings),
    ...entranceRows(input.catalogue, loads),
  ];
}

/** Rows whose need is above their limit. */
export function exceeded(rows: readonly CapacityRow[]): readonly CapacityRow[] {
  return rows.filter(({ needed, limit }) => limit !== undefined && needed > limit);
}

export function ingressMb(loads: readonly TopicLoad[]): number {
  return sum(loads, ({ bytesPerSecond }) => bytesPerSecond) / mb;
}

/** Bytes read, once by each reader. */
export function egressMb(loads: readonly TopicLoad[]): number {
  return sum(loads, ({ bytesPerSecond, readers }) => bytesPerSecond * readers) / mb;
}

export function partitionCopies(catalogue: Catalogue): number {
  return sum(catalogue.topics, ({ partitions }) => partitions) * limits.replicationFactor;
}

function clusterRows({ catalogue, cluster }: CapacityInput, loads: readonly TopicLoad[]): readonly CapacityRow[] {
  const one = brokerLimits[cluster.instanceType];
  if (one === undefined) {
    throw new Error(`lib/checks/capacity/broker-limits.ts knows no broker ${cluster.instanceType}; add its quotas`);
  }
  const brokers = cluster.brokersPerZone * limits.zones;
  const wayOut = `choose larger brokers or more of them a zone: cluster in lib/config.ts (now ${brokers} × ${cluster.instanceType})`;
  const rate = (sustained: number | undefined) =>
    sustained === undefined ? undefined : sustained * brokers * plannedShare;
  return [
    { what: 'brokers', needed: brokers, limit: limits.brokersPerCluster, unit: '', wayOut: 'choose larger brokers' },
    {
      what: 'partitions a broker, with copies',
      needed: partitionCopies(catalogue) / brokers,
      limit: one.partitions,
      unit: '',
      wayOut,
    },
    { what: 'ingress', needed: ingressMb(loads), limit: rate(one.ingressMb), unit: 'MB/s', wayOut },
    { what: 'egress', needed: egressMb(loads), limit: rate(one.egressMb), unit: 'MB/s', wayOut },
  ];
}

/** Only the busiest partition of all is listed, beside every one that is too busy. */
function partitionRows(loads: readonly TopicLoad[]): readonly CapacityRow[] {
  // Every topic goes to the lake, so what Firehose reads from a partition is the lower limit of the two.
  const limit = Math.min(limits.partitionMb, limits.firehosePartitionMb);
  const rows = loads.map(({ topic, bytesPerSecond }) => {
    const least = Math.ceil(bytesPerSecond / (limit * mb));
    return {
      what: `busiest partitions: ${topic.name}`,
      needed: bytesPerSecond / topic.partitions / mb,
      limit,
      unit: 'MB/s',
      wayOut: `give ${topic.name} at least ${least} partitions in src/catalogue/topics`,
    };
  });
  return worst(rows, ({ needed }) => needed);
}

function pollerRows(mappings: readonly MappingLoad[]): readonly CapacityRow[] {
  const rows = mappings.map(({ consumer, load, pollers }) => ({
    what: `pollers: ${consumer.name} of ${load.topic.name}`,
    needed: pollers,
    limit: load.topic.partitions,
    unit: '',
    wayOut: `a partition has one poller at most: give ${load.topic.name} at least ${pollers} partitions in src/catalogue/topics`,
  }));
  const split = 'split the consumers over two poller groups in lib/constructs/kafka-consumer.ts';
  return [
    {
      what: 'event source mappings in the poller group',
      needed: mappings.length,
      limit: limits.mappingsPerGroup,
      unit: '',
      wayOut: split,
    },
    {
      what: 'pollers in the poller group',
      needed: sum(mappings, ({ pollers }) => pollers),
      limit: limits.pollersPerGroup,
      unit: '',
      wayOut: split,
    },
    ...worst(rows, ({ needed, limit }) => needed / limit),
  ];
}

function concurrencyRows(catalogue: Catalogue, mappings: readonly MappingLoad[]): readonly CapacityRow[] {
  const consumers = mappedConsumers(catalogue);
  const rows = consumers.map((consumer: Consumer) => ({
    what: `concurrency: ${consumer.name}`,
    needed: sum(
      mappings.filter((mapping) => mapping.consumer === consumer),
      ({ invocations }) => invocations,
    ),
    limit: consumer.concurrency,
    unit: '',
    wayOut: `raise concurrency or memoryMb of ${consumer.name} in src/catalogue/consumers.ts`,
  }));
  const reserved = sum(consumers, ({ concurrency }) => concurrency);
  return [
    {
      what: 'concurrency of the account that consumers reserve',
      needed: reserved,
      limit: limits.concurrency,
      unit: '',
      wayOut: 'ask AWS for a higher quota, then raise it in lib/checks/capacity/broker-limits.ts',
    },
    ...rows,
  ];
}

function entranceRows(catalogue: Catalogue, loads: readonly TopicLoad[]): readonly CapacityRow[] {
  const routed = new Set(catalogue.routes.filter(({ protocol }) => protocol === 'mqtt').map(({ topic }) => topic));
  const messages = sum(
    loads.filter(({ topic }) => routed.has(topic.name)),
    ({ recordsPerSecond }) => recordsPerSecond,
  );
  return [
    {
      what: 'messages to IoT Core, if all devices use MQTT',
      needed: messages,
      limit: limits.iotMessages,
      unit: '/s',
      wayOut: 'ask AWS for a higher quota, let devices send larger batches, or send them to the gRPC gateway',
    },
    { what: 'delivery streams', needed: catalogue.topics.length, unit: '', wayOut: '' },
  ];
}

/** The row with the highest measure, and every one above its limit. */
function worst<Row extends CapacityRow>(rows: readonly Row[], measure: (row: Row) => number): readonly CapacityRow[] {
  const [first] = [...rows].sort((one, other) => measure(other) - measure(one));
  const over = new Set<CapacityRow>(exceeded(rows));
  return [...(first === undefined || over.has(first) ? [] : [first]), ...over];
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
