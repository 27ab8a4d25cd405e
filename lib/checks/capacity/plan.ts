import type { Catalogue } from '../../../src/catalogue/model.ts';
import { brokerLimits, limits, plannedShare } from './broker-limits.ts';
import { egressMb, ingressMb, partitionCopies } from './capacity.ts';
import { mappingLoads } from './mapping-load.ts';
import { topicLoads } from './topic-load.ts';

/** Express brokers that carry a rate of events. */
export interface ClusterPlan {
  readonly instanceType: string;
  readonly brokers: number;
  /** What sets the number: `ingress`, `egress`, `partitions`, or `zones` when one a zone is enough. */
  readonly because: string;
}

/** Partitions that topics need at a rate, where they need more than they have. */
export interface PartitionPlan {
  readonly topic: string;
  readonly has: number;
  readonly needs: number;
}

export interface Plan {
  /** The catalogue with the partitions that its topics then need. */
  readonly catalogue: Catalogue;
  readonly ingressMb: number;
  readonly egressMb: number;
  readonly cluster: ClusterPlan;
  readonly partitions: readonly PartitionPlan[];
}

/** How much more capacity than the least may be bought to have fewer brokers to look after. */
const spareBought = 1.1;

/**
 * The cluster for a rate of events, with the partitions that topics then need. Of all sizes that buy about the least
 * capacity, the one with the fewest brokers.
 */
export function planFor(catalogue: Catalogue, eventsPerSecond: number): Plan {
  const partitions = partitionPlans(catalogue, eventsPerSecond);
  const grown = withPartitions(catalogue, partitions);
  const loads = topicLoads(grown, { eventsPerSecond, replicated: false });
  const candidates = Object.keys(brokerLimits)
    .filter((size) => size.startsWith('express.'))
    .map((size) =>
      clusterOf(size, { ingress: ingressMb(loads), egress: egressMb(loads), copies: partitionCopies(grown) }),
    )
    .filter(({ brokers }) => brokers <= limits.brokersPerCluster);
  const least = Math.min(...candidates.map(bought));
  const [cluster] = candidates
    .filter((candidate) => bought(candidate) <= least * spareBought)
    .sort((one, other) => one.brokers - other.brokers || bought(one) - bought(other));
  if (cluster === undefined) throw new Error(`no cluster of Express brokers carries ${eventsPerSecond} events/s`);
  return { catalogue: grown, ingressMb: ingressMb(loads), egressMb: egressMb(loads), cluster, partitions };
}

interface Need {
  readonly ingress: number;
  readonly egress: number;
  readonly copies: number;
}

function clusterOf(instanceType: string, need: Need): ClusterPlan {
  const one = brokerLimits[instanceType];
  const brokersFor = {
    ingress: need.ingress / ((one?.ingressMb ?? 0) * plannedShare),
    egress: need.egress / ((one?.egressMb ?? 0) * plannedShare),
    partitions: need.copies / (one?.partitions ?? 0),
    zones: limits.zones,
  };
  const [because, most] = Object.entries(brokersFor).reduce((most, next) => (next[1] > most[1] ? next : most));
  return { instanceType, brokers: Math.ceil(most / limits.zones) * limits.zones, because };
}

function bought({ instanceType, brokers }: ClusterPlan): number {
  return (brokerLimits[instanceType]?.ingressMb ?? 0) * brokers;
}

function partitionPlans(catalogue: Catalogue, eventsPerSecond: number): readonly PartitionPlan[] {
  const loads = topicLoads(catalogue, { eventsPerSecond, replicated: false });
  const mappings = mappingLoads(catalogue, loads);
  return loads.flatMap((load) => {
    const pollers = mappings.filter((mapping) => mapping.load === load).map((mapping) => mapping.pollers);
    const needs = Math.max(Math.ceil(load.bytesPerSecond / (limits.firehosePartitionMb * 1_000_000)), ...pollers);
    const has = load.topic.partitions;
    return needs > has ? [{ topic: load.topic.name, has, needs }] : [];
  });
}

function withPartitions(catalogue: Catalogue, plans: readonly PartitionPlan[]): Catalogue {
  const needed = new Map(plans.map(({ topic, needs }) => [topic, needs]));
  const topics = catalogue.topics.map((topic) => ({
    ...topic,
    partitions: needed.get(topic.name) ?? topic.partitions,
  }));
  return { ...catalogue, topics };
}
