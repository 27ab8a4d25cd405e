import { Admin } from '@platformatic/kafka';
import { AppError } from '../../core/errors/app-error.ts';
import { clientOptions } from '../../kafka/connection.ts';
import { type FetchedPartition, fetchRecords } from '../../kafka/fetch-positions.ts';
import { codeOf, errorName, kafkaFailure } from '../../kafka/kafka-failure.ts';
import { topicOffsets } from '../../kafka/topic-offsets.ts';
import { batchRecords } from './batch-records.ts';
import {
  keyOf,
  type LogSlice,
  type LogSource,
  type PartitionBounds,
  type PartitionPosition,
  type ReadOptions,
} from './log-source.ts';

/** Bytes of one partition in one answer: small enough that one busy partition does not keep others out. */
const partitionMaxBytes = 512 * 1024;

export interface KafkaLogSourceOptions {
  readonly bootstrapServers: string;
  readonly clientId: string;
}

/** A log source over the Kafka protocol; one fetch a leader at a time. */
export function makeKafkaLogSource({ bootstrapServers, clientId }: KafkaLogSourceOptions): LogSource {
  return new KafkaLogSource(bootstrapServers, clientId);
}

class KafkaLogSource implements LogSource {
  readonly #fetching: Admin;
  /** Offsets are asked for and reported over connections of their own: a fetch that waits would hold them up. */
  readonly #asking: Admin;
  /** Answers in a row that had nothing although the partition goes on. */
  readonly #emptyAnswers = new Map<string, number>();
  readonly #servers: string;
  #turn = 0;

  constructor(bootstrapServers: string, clientId: string) {
    this.#servers = bootstrapServers;
    const options = { ...clientOptions({ bootstrapServers }, clientId), retries: 3, retryDelay: 200 };
    this.#fetching = new Admin(options);
    this.#asking = new Admin(options);
  }

  bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]> {
    return this.#coded(`asking ${this.#servers} for offsets`, this.#bounds(topics));
  }

  read(positions: readonly PartitionPosition[], options: ReadOptions): Promise<readonly LogSlice[]> {
    return this.#coded(`reading from ${this.#servers}`, this.#read(positions, options));
  }

  async #coded<T>(what: string, work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw kafkaFailure(error, what);
    });
  }

  async #bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]> {
    const existing = new Set(await this.#asking.listTopics());
    const wanted = topics.filter((topic) => existing.has(topic));
    if (wanted.length === 0) return [];
    const offsets = await topicOffsets(this.#asking, wanted);
    const metadata = await this.#asking.metadata({ topics: wanted });
    return [...offsets].flatMap(([topic, partitions]) => {
      const topicId = metadata.topics.get(topic)?.id ?? '';
      return partitions.map(({ partition, start, end }) => ({ topic, topicId, partition, start, end }));
    });
  }

  async #read(positions: readonly PartitionPosition[], options: ReadOptions): Promise<readonly LogSlice[]> {
    this.#turn += 1;
    const byLeader = await this.#byLeader(rotated(positions, this.#turn));
    const answers = await Promise.all([...byLeader].map(([node, wanted]) => this.#fetch(node, wanted, options)));
    return answers.flat();
  }

  async report(group: string, positions: readonly PartitionPosition[]): Promise<void> {
    const topics = [...Map.groupBy(positions, ({ topic }) => topic)].map(([name, list]) => ({
      name,
      partitionOffsets: list.map(({ partition, offset }) => ({ partition, offset: BigInt(offset) })),
    }));
    await this.#asking.alterConsumerGroupOffsets({ groupId: group, topics });
  }

  async close(): Promise<void> {
    await Promise.all([this.#fetching.close(), this.#asking.close()]);
  }

  async #byLeader(positions: readonly PartitionPosition[]) {
    const topics = [...new Set(positions.map(({ topic }) => topic))];
    const metadata = await this.#fetching.metadata({ topics });
    return Map.groupBy(positions, ({ topic, partition }) => {
      return metadata.topics.get(topic)?.partitions[partition]?.leader ?? -1;
    });
  }

  async #fetch(node: number, wanted: readonly PartitionPosition[], options: ReadOptions): Promise<readonly LogSlice[]> {
    const broker = this.#fetching.currentMetadata?.brokers.get(node);
    if (broker === undefined) {
      this.#fetching.clearMetadata();
      throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', `${wanted[0]?.topic} has no leader`);
    }
    const connection = await this.#fetching.connections.get(broker);
    const fetched = await fetchRecords(connection, wanted, { ...options, partitionMaxBytes });
    const from = new Map(wanted.map((position) => [keyOf(position), position.offset]));
    const isEmpty = fetched.every(({ records }) => records === null);
    return fetched.flatMap((answer) => {
      const position = from.get(keyOf(answer));
      if (position === undefined) return [];
      const slice = this.#slice(answer, position, isEmpty);
      return slice.nextOffset > position || slice.failure !== undefined ? [slice] : [];
    });
  }

  #slice(answer: FetchedPartition, position: number, isEmpty: boolean): LogSlice {
    const { topic, partition, errorCode, records: bytes } = answer;
    const nothing = { topic, partition, records: [], nextOffset: position };
    if (errorCode !== 0) {
      this.#fetching.clearMetadata();
      const name = errorName(errorCode);
      const code = name === 'CORRUPT_MESSAGE' ? 'EVENTBUS_KAFKA_RECORDS_CORRUPT' : codeOf(name);
      return { ...nothing, failure: new AppError(code, `${topic}-${partition} at offset ${position}: ${name}`) };
    }
    if (bytes === null) return { ...nothing, nextOffset: this.#pastGap(answer, position, isEmpty) };
    this.#emptyAnswers.delete(keyOf(answer));
    try {
      const { records, next } = batchRecords(bytes, position);
      return { topic, partition, records, nextOffset: Math.max(position, next ?? position) };
    } catch (error) {
      return { ...nothing, failure: kafkaFailure(error, `${topic}-${partition}`) };
    }
  }

  /**
   * A leader leaves a partition out of an answer that is full, but not out of an empty one: then what stood up to the
   * high watermark has been compacted away. Believed the second time.
   */
  #pastGap(answer: FetchedPartition, position: number, isEmpty: boolean): number {
    if (!isEmpty || answer.highWatermark <= position) return position;
    const times = (this.#emptyAnswers.get(keyOf(answer)) ?? 0) + 1;
    this.#emptyAnswers.set(keyOf(answer), times);
    return times > 1 ? answer.highWatermark : position;
  }
}

/** Brokers fill an answer in the order asked, so each request begins elsewhere. */
function rotated(positions: readonly PartitionPosition[], turn: number): readonly PartitionPosition[] {
  const from = positions.length === 0 ? 0 : turn % positions.length;
  return [...positions.slice(from), ...positions.slice(0, from)];
}
