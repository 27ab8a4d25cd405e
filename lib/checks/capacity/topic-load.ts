import type { Catalogue, Consumer, Topic } from '../../../src/catalogue/model.ts';
import { type TopicTraffic, traffic, unlistedTraffic } from '../../../src/catalogue/traffic.ts';

export type TrafficTable = Readonly<Record<string, TopicTraffic>>;

/** What one topic carries at a rate of events from outside. */
export interface TopicLoad {
  readonly topic: Topic;
  readonly recordsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Everything that reads the whole topic: consumer groups, delivery to the lake, the copy to the second region. */
  readonly readers: number;
}

export interface LoadOptions {
  /** Events a second that reach the bus from outside. */
  readonly eventsPerSecond: number;
  /** Whether topics that may be are copied to a second region. */
  readonly replicated: boolean;
  /** @default the table of the catalogue */
  readonly table?: TrafficTable;
}

export function topicLoads(catalogue: Catalogue, options: LoadOptions): readonly TopicLoad[] {
  const table: TrafficTable = options.table ?? traffic;
  return catalogue.topics.map((topic) => {
    const { share, bytes, eventsPerRecord = 1 } = table[topic.name] ?? unlistedTraffic;
    const eventsPerSecond = options.eventsPerSecond * share;
    return {
      topic,
      eventsPerSecond,
      recordsPerSecond: eventsPerSecond / eventsPerRecord,
      bytesPerSecond: eventsPerSecond * bytes,
      readers: readersOf(topic, catalogue.consumers, options.replicated),
    };
  });
}

function readersOf(topic: Topic, consumers: readonly Consumer[], replicated: boolean): number {
  const groups = consumers.filter(({ topics }) => topics.includes(topic.name)).length;
  return groups + (replicated && topic.replication === 'in-residency' ? 1 : 0);
}

/** Consumers that become event source mappings; the lake's is called by Firehose instead. */
export function mappedConsumers({ consumers }: Catalogue): readonly Consumer[] {
  return consumers.filter(({ sinks }) => !sinks.includes('lake'));
}
