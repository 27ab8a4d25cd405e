import { setTimeout } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { AppError } from '../core/errors/app-error.ts';
import { retryDelay } from '../core/retry-delay.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { DamagedOffsets } from './damaged-offsets.ts';
import { type FetchedPartition, fetchBatches } from './fetch-request.ts';
import { codeOf, errorName, isPassing, kafkaFailure } from './kafka-failure.ts';
import { decodeBatches, type RawRecord } from './record-decoding.ts';
import { offsetsAtTime, type PartitionOffsets, topicOffsets } from './topic-offsets.ts';

/** A place in a topic: its oldest record, its end, an offset, or the first record at or after a time. */
export type ReadPosition =
  | 'earliest'
  | 'latest'
  | { readonly offset: number }
  /** Milliseconds since 1970-01-01 UTC. */
  | { readonly timestampMs: number };

/** A place in every partition of its own; the oldest record of those that are not named. */
export interface PartitionPositions {
  readonly offsets: ReadonlyMap<number, number>;
}

export interface ReadTopicOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** Partitions to read. @default all */
  readonly partitions?: readonly number[];
  /** First record. @default 'earliest' */
  readonly from?: ReadPosition | PartitionPositions;
  /** Where to stop, before that record; `latest` is the end when reading begins, `never` waits for new records. @default 'latest' */
  readonly to?: ReadPosition | PartitionPositions | 'never';
  /** @default event-bus-reader */
  readonly clientId?: string;
  readonly signal?: AbortSignal;
  /** Told each offset that the cluster says is damaged; reading goes on behind it. @default it ends with an error */
  readonly onDamaged?: (partition: number, offset: number) => void;
}

/** Where reading stands in one partition. */
interface Cursor {
  readonly partition: number;
  next: number;
  readonly end: number;
  /** Answers in a row that had nothing although the partition goes on. */
  emptyAnswers: number;
}

interface Answer {
  /** Records of one partition each. */
  readonly batches: readonly (readonly RawRecord[])[];
  /** Why partitions are missing in it. */
  readonly failure?: unknown;
}

const maxWaitMs = 500;
const maxBytes = 16 * 1024 * 1024;
const partitionMaxBytes = 4 * 1024 * 1024;
const retryForMs = 30_000;
const backoff = { baseMs: 50, capMs: 1000 };

/**
 * Reads a range of a topic without a consumer group: batches of records, each of one partition and in its order.
 * The next answer is fetched while the last one is used. Ends at once for an empty range; ends without an error
 * when `signal` is aborted.
 * @throws AppError EVENTBUS_KAFKA_RECORDS_CORRUPT at a damaged batch; in a range with an end after all that can be read
 */
export async function* readTopic(options: ReadTopicOptions): AsyncGenerator<readonly RawRecord[], void> {
  const reading = new Reading(options);
  try {
    await reading.start();
    let answer = reading.fetch();
    while (answer !== undefined) {
      const batches = await answer;
      answer = reading.fetch();
      // A failure of the fetch begun ahead is met when its turn comes.
      answer?.catch(() => {});
      for (const records of batches) if (records.length > 0) yield records;
    }
  } finally {
    await reading.close();
  }
}

const failed = (failure: unknown): Answer => ({ batches: [], failure });

class Reading {
  readonly #options: ReadTopicOptions;
  readonly #admin: Admin;
  readonly #damaged = new DamagedOffsets();
  #cursors: Cursor[] = [];
  /** Time since which no answer came, ms. */
  #failingSinceMs: number | undefined;
  #attempts = 0;
  /** What ends the reading, after the records that came before it. */
  #final: AppError | undefined;

  constructor(options: ReadTopicOptions) {
    this.#options = options;
    const { connection, clientId = 'event-bus-reader' } = options;
    this.#admin = new Admin({ ...clientOptions(connection, clientId), retries: 3, retryDelay: 200 });
  }

  async start(): Promise<void> {
    const { topic, from = 'earliest', to = 'latest', connection } = this.#options;
    try {
      const offsets = (await topicOffsets(this.#admin, [topic])).get(topic) ?? [];
      const wanted = offsets.filter(({ partition }) => this.#options.partitions?.includes(partition) ?? true);
      this.#checkPartitions(offsets.length);
      const starts = await this.#resolve(from, wanted);
      const ends = to === 'never' ? wanted.map(() => Infinity) : await this.#resolve(to, wanted);
      const cursors = wanted.map(({ partition }, index) => ({
        partition,
        next: starts[index] as number,
        end: ends[index] as number,
        emptyAnswers: 0,
      }));
      this.#cursors = cursors.filter(({ next, end }) => next < end);
    } catch (error) {
      throw kafkaFailure(error, `reading topic "${topic}" at ${connection.bootstrapServers}`);
    }
  }

  #checkPartitions(count: number): void {
    const { topic, partitions = [] } = this.#options;
    const unknown = partitions.find((partition) => !Number.isInteger(partition) || partition < 0 || partition >= count);
    if (unknown === undefined) return;
    throw new AppError('EVENTBUS_KAFKA_TOPIC_UNKNOWN', `${topic} has ${count} partitions, got partition ${unknown}`);
  }

  /** Offsets of a position, never outside of what the partition holds. */
  async #resolve(
    position: ReadPosition | PartitionPositions,
    wanted: readonly PartitionOffsets[],
  ): Promise<readonly number[]> {
    if (position === 'earliest') return wanted.map(({ start }) => start);
    if (position === 'latest') return wanted.map(({ end }) => end);
    if ('offset' in position) {
      return wanted.map(({ start, end }) => Math.min(Math.max(position.offset, start), end));
    }
    if ('offsets' in position) {
      return wanted.map(({ partition, start, end }) =>
        Math.min(Math.max(position.offsets.get(partition) ?? start, start), end),
      );
    }
    const found = await offsetsAtTime(this.#admin, this.#options.topic, position.timestampMs);
    return wanted.map(({ partition, end }) => {
      const offset = found.get(partition) ?? -1;
      return offset < 0 ? end : offset;
    });
  }

  /** One answer of every leader; undefined when everything is read. */
  fetch(): Promise<readonly (readonly RawRecord[])[]> | undefined {
    if (this.#options.signal?.aborted) return undefined;
    this.#cursors = this.#cursors.filter(({ next, end }) => next < end);
    const endless = this.#options.to === 'never';
    if (this.#final !== undefined && (endless || this.#cursors.length === 0)) return Promise.reject(this.#final);
    return this.#cursors.length === 0 ? undefined : this.#fetchAll();
  }

  /** A partition or leader that fails takes no records of the others with it: their cursors have moved on. */
  async #fetchAll(): Promise<readonly (readonly RawRecord[])[]> {
    const answers = await this.#answers();
    const failed = answers.find(({ failure }) => failure !== undefined);
    if (failed === undefined) {
      this.#failingSinceMs = undefined;
      this.#attempts = 0;
    } else await this.#afterFailure(failed.failure);
    return answers.flatMap(({ batches }) => batches);
  }

  async #answers(): Promise<readonly Answer[]> {
    try {
      const leaders = await this.#byLeader();
      return await Promise.all(leaders.map(([node, cursors]) => this.#fetchFrom(node, cursors).catch(failed)));
    } catch (error) {
      return [failed(error)];
    }
  }

  async #byLeader(): Promise<readonly (readonly [number, readonly Cursor[]])[]> {
    const { topic } = this.#options;
    const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: this.#attempts > 0 });
    const partitions = topics.get(topic)?.partitions ?? [];
    // Leaders fill an answer in the order asked, so each request begins with another partition.
    const first = this.#cursors.shift();
    if (first !== undefined) this.#cursors.push(first);
    return [...Map.groupBy(this.#cursors, ({ partition }) => partitions[partition]?.leader ?? -1)];
  }

  async #fetchFrom(node: number, cursors: readonly Cursor[]): Promise<Answer> {
    const { topic } = this.#options;
    const broker = this.#admin.currentMetadata?.brokers.get(node);
    if (broker === undefined) throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', `${topic} has no leader`);
    const connection = await this.#admin.connections.get(broker);
    const positions = cursors.map(({ partition, next }) => ({ partition, offset: next }));
    const fetched = await fetchBatches(connection, { topic, positions, maxWaitMs, maxBytes, partitionMaxBytes });
    if (fetched.errorCode !== 0) throw this.#failure(errorName(fetched.errorCode));
    const batches: (readonly RawRecord[])[] = [];
    let failure: unknown;
    for (const answer of fetched.partitions) {
      try {
        batches.push(this.#take(answer));
      } catch (error) {
        failure ??= error;
      }
    }
    if (fetched.partitions.every((answer) => answer.batches.length === 0)) this.#skipCompacted(fetched.partitions);
    return { batches, failure };
  }

  /**
   * A leader leaves a partition out of an answer that is full, but not out of an empty one: then what stood up to the
   * high watermark has been compacted away. Believed the second time.
   */
  #skipCompacted(answers: readonly FetchedPartition[]): void {
    for (const { partition, highWatermark, errorCode } of answers) {
      if (errorCode !== 0) continue;
      const cursor = this.#cursors.find((other) => other.partition === partition);
      if (cursor === undefined || highWatermark <= cursor.next) continue;
      cursor.emptyAnswers += 1;
      if (cursor.emptyAnswers > 1) cursor.next = highWatermark;
    }
  }

  #take(answer: FetchedPartition): readonly RawRecord[] {
    const cursor = this.#cursors.find(({ partition }) => partition === answer.partition);
    if (cursor === undefined) return [];
    if (answer.errorCode !== 0) return this.#afterError(cursor, answer);
    const { topic } = this.#options;
    const place = { topic, partition: cursor.partition, from: cursor.next, to: cursor.end };
    try {
      const { records, next } = decodeBatches(answer.batches, place);
      if (next !== undefined) {
        cursor.next = Math.max(cursor.next, next);
        cursor.emptyAnswers = 0;
        this.#damaged.forget(String(cursor.partition));
      }
      return records;
    } catch (error) {
      return this.#afterDamage(cursor, kafkaFailure(error, `reading topic "${topic}"`));
    }
  }

  #afterError(cursor: Cursor, { errorCode, logStart }: FetchedPartition): readonly RawRecord[] {
    const name = errorName(errorCode);
    const { topic } = this.#options;
    const { partition, next: offset } = cursor;
    if (name === 'CORRUPT_MESSAGE') {
      const what = `${topic} partition ${partition}, batch with offset ${offset}: the cluster answers ${name}`;
      const details = { topic, partition, offset };
      return this.#afterDamage(cursor, new AppError('EVENTBUS_KAFKA_RECORDS_CORRUPT', what, { details }));
    }
    // Retention has overtaken the reader: what is gone is gone, the rest is read.
    if (name !== 'OFFSET_OUT_OF_RANGE' || logStart <= cursor.next) throw this.#failure(name);
    cursor.next = logStart;
    return [];
  }

  /** Asks again a few times, then passes over, or leaves the partition and remembers why. */
  #afterDamage(cursor: Cursor, damage: AppError): readonly RawRecord[] {
    const { partition, next } = cursor;
    if (this.#damaged.met(String(partition), next) === 'ask-again') throw this.#failure('CORRUPT_MESSAGE');
    if (this.#options.onDamaged !== undefined) {
      this.#options.onDamaged(partition, next);
      cursor.next += 1;
      return [];
    }
    this.#final ??= damage;
    this.#cursors = this.#cursors.filter((other) => other !== cursor);
    return [];
  }

  #failure(name: string): AppError {
    return new AppError(codeOf(name), `reading topic "${this.#options.topic}": ${name}`, { details: { error: name } });
  }

  /** Waits before another attempt where one may help; otherwise nothing more is read. */
  async #afterFailure(error: unknown): Promise<void> {
    const failure = kafkaFailure(error, `reading topic "${this.#options.topic}"`);
    const name = failure.details['error'];
    const mayPass = failure.code === 'EVENTBUS_KAFKA_UNAVAILABLE' || (typeof name === 'string' && isPassing(name));
    this.#failingSinceMs ??= performance.now();
    if (!mayPass || performance.now() - this.#failingSinceMs > retryForMs) {
      this.#final = failure;
      this.#cursors = [];
      return;
    }
    this.#attempts += 1;
    await setTimeout(20 + retryDelay(backoff, this.#attempts, Math.random()), undefined, { ref: true });
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }
}
