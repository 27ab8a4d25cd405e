import { Admin, Consumer } from '@platformatic/kafka';
import type { LogRecord, LogSlice, LogSource, PartitionBounds, PartitionPosition, ReadOptions } from './log-source.ts';

const earliest = -2n;
const latest = -1n;
const controlBatch = 1 << 5;
const logAppendTime = 1 << 3;
/** Bytes of one partition in one answer: small enough that one busy partition does not keep others out. */
const partitionMaxBytes = 1024 * 1024;

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];
type FetchTopics = Parameters<Consumer['fetch']>[0]['topics'];

export interface KafkaLogSourceOptions {
  readonly bootstrapServers: string;
  readonly clientId: string;
}

/** A log source over the Kafka protocol; one fetch a leader at a time. */
export function makeKafkaLogSource({ bootstrapServers, clientId }: KafkaLogSourceOptions): LogSource {
  const options = { clientId, bootstrapBrokers: bootstrapServers.split(','), retries: 3, strict: false };
  const consumer = new Consumer({ ...options, groupId: `${clientId}-reader`, autocommit: false });
  // Offsets are asked for and reported over connections of their own: a fetch that waits would hold them up.
  const admin = new Admin(options);
  let turn = 0;
  return {
    bounds: (topics) => boundsOf(admin, topics),
    async read(positions, readOptions) {
      turn += 1;
      consumer.topics.trackAll(...new Set(positions.map((position) => position.topic)));
      const requests = await requestsByLeader(consumer, rotated(positions, turn));
      const answers = await Promise.all(
        [...requests].map(([node, topics]) => fetchFrom(consumer, { node, topics, readOptions })),
      );
      return slicesOf(answers, positions, await topicNames(consumer));
    },
    async report(group, positions) {
      await admin.alterConsumerGroupOffsets({ groupId: group, topics: byTopic(positions) });
    },
    async close() {
      await Promise.all([consumer.close(true), admin.close()]);
    },
  };
}

async function boundsOf(admin: Admin, topics: readonly string[]): Promise<readonly PartitionBounds[]> {
  const existing = new Set(await admin.listTopics());
  const wanted = topics.filter((topic) => existing.has(topic));
  if (wanted.length === 0) return [];
  const metadata = await admin.metadata({ topics: wanted, forceUpdate: true });
  const request = (timestamp: bigint) => ({
    topics: wanted.map((name) => ({
      name,
      partitions: Array.from({ length: metadata.topics.get(name)?.partitionsCount ?? 0 }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp,
      })),
    })),
  });
  const [starts, ends] = await Promise.all([admin.listOffsets(request(earliest)), admin.listOffsets(request(latest))]);
  const startOf = new Map<string, number>();
  for (const { name, partitions } of starts) {
    for (const { partitionIndex, offset } of partitions) startOf.set(`${name}:${partitionIndex}`, Number(offset));
  }
  return ends.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, offset }) => ({
      topic: name,
      topicId: metadata.topics.get(name)?.id ?? '',
      partition: partitionIndex,
      start: startOf.get(`${name}:${partitionIndex}`) ?? 0,
      end: Number(offset),
    })),
  );
}

/** Brokers fill an answer in the order asked, so each request begins elsewhere. */
function rotated(positions: readonly PartitionPosition[], turn: number): readonly PartitionPosition[] {
  const from = positions.length === 0 ? 0 : turn % positions.length;
  return [...positions.slice(from), ...positions.slice(0, from)];
}

async function requestsByLeader(consumer: Consumer, positions: readonly PartitionPosition[]) {
  const metadata = await consumer.metadata({ topics: consumer.topics.current });
  const requests = new Map<number, Map<string, FetchTopics[number]>>();
  for (const { topic, partition, offset } of positions) {
    const known = metadata.topics.get(topic);
    const leader = known?.partitions[partition]?.leader;
    if (known === undefined || leader === undefined) continue;
    const topics = requests.get(leader) ?? new Map<string, FetchTopics[number]>();
    requests.set(leader, topics);
    const entry = topics.get(topic) ?? { topicId: known.id, partitions: [] };
    topics.set(topic, entry);
    entry.partitions.push({
      partition,
      currentLeaderEpoch: known.partitions[partition]?.leaderEpoch ?? -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes,
    });
  }
  return new Map([...requests].map(([node, topics]) => [node, [...topics.values()]] as [number, FetchTopics]));
}

interface FetchCall {
  readonly node: number;
  readonly topics: FetchTopics;
  readonly readOptions: ReadOptions;
}

async function fetchFrom(consumer: Consumer, { node, topics, readOptions }: FetchCall): Promise<FetchResponse> {
  return consumer.fetch({
    node,
    topics,
    minBytes: readOptions.minBytes,
    maxBytes: readOptions.maxBytes,
    maxWaitTime: readOptions.maxWaitMs,
  });
}

async function topicNames(consumer: Consumer): Promise<ReadonlyMap<string, string>> {
  const metadata = await consumer.metadata({ topics: consumer.topics.current });
  return new Map([...metadata.topics].map(([name, topic]) => [topic.id, name]));
}

function slicesOf(
  answers: readonly FetchResponse[],
  positions: readonly PartitionPosition[],
  names: ReadonlyMap<string, string>,
): readonly LogSlice[] {
  const from = new Map(positions.map(({ topic, partition, offset }) => [`${topic}:${partition}`, offset]));
  const slices: LogSlice[] = [];
  for (const answer of answers) {
    for (const { topicId, partitions } of answer.responses) {
      const topic = names.get(topicId) ?? topicId;
      for (const fetched of partitions) {
        const position = from.get(`${topic}:${fetched.partitionIndex}`);
        if (position === undefined) continue;
        const slice = sliceOf(fetched, topic, position);
        if (slice.nextOffset > position) slices.push(slice);
      }
    }
  }
  return slices;
}

function sliceOf(fetched: FetchedPartition, topic: string, position: number): LogSlice {
  const records: LogRecord[] = [];
  let nextOffset = position;
  for (const batch of fetched.records ?? []) {
    const first = Number(batch.firstOffset);
    nextOffset = Math.max(nextOffset, first + batch.lastOffsetDelta + 1);
    if ((batch.attributes & controlBatch) !== 0) continue;
    const firstMs = Number(batch.firstTimestamp);
    const appendMs = (batch.attributes & logAppendTime) === 0 ? undefined : Number(batch.maxTimestamp);
    for (const record of batch.records) {
      const offset = first + record.offsetDelta;
      if (offset < position) continue;
      const timestampMs = appendMs ?? firstMs + Number(record.timestampDelta);
      records.push({ offset, timestampMs, key: record.key, value: record.value, headers: record.headers });
    }
  }
  return { topic, partition: fetched.partitionIndex, records, nextOffset };
}

function byTopic(positions: readonly PartitionPosition[]) {
  const topics = new Map<string, { name: string; partitionOffsets: { partition: number; offset: bigint }[] }>();
  for (const { topic, partition, offset } of positions) {
    const entry = topics.get(topic) ?? { name: topic, partitionOffsets: [] };
    topics.set(topic, entry);
    entry.partitionOffsets.push({ partition, offset: BigInt(offset) });
  }
  return [...topics.values()];
}
