import { setTimeout } from 'node:timers/promises';
import type { Events, Subject } from '../catalogue/events.generated.ts';
import { contentTypes } from '../catalogue/headers.ts';
import { topicNamed } from '../catalogue/lookup.ts';
import { type CloudEventAttributes, toHeaders } from '../codec/cloud-event.ts';
import type { Codec } from '../codec/codec.ts';
import { AppError } from '../core/errors/app-error.ts';
import { retryDelay } from '../core/retry-delay.ts';
import { type BufferGate, makeBufferGate } from './buffer-gate.ts';
import { type Cluster, makeCluster } from './cluster.ts';
import type { KafkaConnection } from './connection.ts';
import { kafkaFailure } from './kafka-failure.ts';
import type { AnyOutgoingRecord } from './outgoing.ts';
import { PartitionLane, SendCall } from './partition-lane.ts';
import { partitionOf } from './partitioner.ts';
import type { Compression } from './record-batch.ts';
import { maxRecordBytes } from './record-encoding.ts';
import { Sender } from './sender.ts';

export type { OutgoingRecord } from './outgoing.ts';

/** An event to be encoded by its subject's newest schema and published. */
export interface OutgoingEvent<S extends Subject = Subject> {
  readonly topic: string;
  readonly key: string;
  readonly subject: S;
  readonly value: Events[S];
  readonly event: CloudEventAttributes;
}

/** Publishes with `acks=all` as an idempotent producer; promises resolve when the log has every record durably. */
export interface EventPublisher {
  publish(events: readonly OutgoingEvent[]): Promise<void>;
  send(records: readonly AnyOutgoingRecord[]): Promise<void>;
  /** Sends what is left, waits for the acknowledgements and disconnects; later calls fail. */
  close(): Promise<void>;
}

export interface PublisherOptions {
  readonly connection: KafkaConnection;
  readonly codec: Codec;
  /** What the cluster's logs and quotas see. */
  readonly clientId: string;
  /** Time to gather records of several calls into one request, ms. @default 2 */
  readonly lingerMs?: number;
  /**
   * Records that wait for their acknowledgement, bytes. Calls beyond it wait for room, in their order and for
   * `deliveryTimeoutMs` at most. @default 33554432
   */
  readonly maxBufferedBytes?: number;
  /** Records of calls that wait for room, bytes; a call beyond it fails at once. @default no limit */
  readonly maxWaitingBytes?: number;
  /** The largest record, bytes; the cluster's limit less room for the batch's header. @default 1048000 */
  readonly maxRecordBytes?: number;
  /** Time from a call until it fails because the cluster is away, ms. @default 30000 */
  readonly deliveryTimeoutMs?: number;
  /** Time that one request may take, ms. @default 15000 */
  readonly requestTimeoutMs?: number;
  /** How batches of a topic are compressed. @default what the catalogue says of the topic, or none */
  readonly compressionOf?: (topic: string) => Compression;
}

const defaults = {
  lingerMs: 2,
  maxBufferedBytes: 32 * 1024 * 1024,
  maxWaitingBytes: Number.POSITIVE_INFINITY,
  maxRecordBytes: 1_048_000,
  deliveryTimeoutMs: 30_000,
  requestTimeoutMs: 15_000,
  compressionOf: (topic: string): Compression => topicNamed(topic)?.compression ?? 'none',
} as const;

type Settings = Required<PublisherOptions>;

const flushBytes = 512 * 1024;
const maxRequestBytes = 8 * 1024 * 1024;

/** Time that an unknown topic may take to appear, ms. */
const unknownTopicMs = 1000;
const backoff = { baseMs: 50, capMs: 1000 };

/**
 * Makes a publisher. Records of one partition keep the order of the calls, through retries too. A call fails as a
 * whole, after all of its records have a fate: `dependency` when the cluster was away for longer than the delivery
 * timeout, the topic does not exist or there was no room in the buffer, `poison` when a record is too large. Nothing is connected before the first call.
 */
export function makePublisher(options: PublisherOptions): EventPublisher {
  const settings: Settings = { ...defaults, ...options };
  const { connection, clientId, requestTimeoutMs, lingerMs, deliveryTimeoutMs } = settings;
  const cluster = makeCluster({ connection, clientId, requestTimeoutMs });
  const sender = new Sender({
    cluster,
    lingerMs,
    flushBytes,
    maxRequestBytes,
    ackTimeoutMs: requestTimeoutMs,
    deliveryTimeoutMs,
  });
  return new Publisher(settings, cluster, sender);
}

class Publisher implements EventPublisher {
  readonly #settings: Settings;
  readonly #cluster: Cluster;
  readonly #sender: Sender;
  readonly #gate: BufferGate;
  readonly #lanes = new Map<string, PartitionLane[]>();
  readonly #unsettled = new Set<Promise<void>>();
  /** Set while calls wait for room or for a topic's description; later calls queue behind them. */
  #queue: Promise<void> | undefined;
  /** Bytes of the calls that wait in the queue. */
  #waitingBytes = 0;
  #closing: Promise<void> | undefined;
  /** Partition that records without a key go to; moves on with each call. */
  #turn = 0;

  constructor(settings: Settings, cluster: Cluster, sender: Sender) {
    this.#settings = settings;
    this.#cluster = cluster;
    this.#sender = sender;
    this.#gate = makeBufferGate(settings.maxBufferedBytes);
  }

  async publish(events: readonly OutgoingEvent[]): Promise<void> {
    const { codec } = this.#settings;
    const records = events.map(({ topic, key, subject, value, event }) => ({
      topic,
      key,
      value: codec.encode(subject, value),
      headers: toHeaders({ ...event, contentType: contentTypes.avro }),
    }));
    await this.send(records);
  }

  async send(records: readonly AnyOutgoingRecord[]): Promise<void> {
    if (this.#closing !== undefined) throw new AppError('EVENTBUS_KAFKA_CLOSED', 'got records after close');
    if (records.length === 0) return;
    const sent = this.#send({ records, sizes: records.map(maxRecordBytes), call: new SendCall() });
    this.#unsettled.add(sent);
    try {
      await sent;
    } finally {
      this.#unsettled.delete(sent);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#sender.flush();
    await Promise.allSettled(this.#unsettled);
    await this.#cluster.close();
  }

  async #send(group: RecordGroup): Promise<void> {
    const bytes = this.#sizeOf(group);
    const known = this.#queue === undefined && group.records.every(({ topic }) => this.#cluster.topic(topic));
    if (known && this.#gate.tryEnter(bytes)) this.#place(group);
    else await this.#queueUp(group, bytes);
    try {
      await group.call.settled;
    } finally {
      this.#gate.leave(bytes);
    }
  }

  /** Size of all records; throws when one alone is too large, before any is taken. */
  #sizeOf({ records, sizes }: RecordGroup): number {
    const limit = this.#settings.maxRecordBytes;
    let sum = 0;
    for (const [index, size] of sizes.entries()) {
      sum += size;
      if (size <= limit) continue;
      const { topic, value } = records[index] as AnyOutgoingRecord;
      const length = value?.length ?? 0;
      if (length + 128 <= limit && size < limit * 3) continue;
      const what = `${length} bytes for ${topic}, allowed are ${limit} with key and headers`;
      throw new AppError('EVENTBUS_KAFKA_RECORD_TOO_LARGE', what, { details: { topic } });
    }
    return sum;
  }

  /** Runs a step after the steps of earlier calls, whether they went well or not. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const mine = (this.#queue ?? Promise.resolve()).then(step);
    const settled = mine.then(
      () => {},
      () => {},
    );
    this.#queue = settled;
    void settled.then(() => {
      if (this.#queue === settled) this.#queue = undefined;
    });
    return mine;
  }

  /** Waits for its turn, for what the cluster says of the topics, and for room. */
  async #queueUp(group: RecordGroup, bytes: number): Promise<void> {
    const { maxWaitingBytes, deliveryTimeoutMs } = this.#settings;
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > maxWaitingBytes) {
      throw this.#full(`calls with ${this.#waitingBytes} bytes wait already, allowed are ${maxWaitingBytes}`);
    }
    const endMs = Date.now() + deliveryTimeoutMs;
    this.#waitingBytes += bytes;
    try {
      await this.#inTurn(async () => {
        for (const topic of new Set(group.records.map((record) => record.topic))) await this.#learn(topic, endMs);
        const entered = await this.#gate.enter(bytes, endMs - Date.now());
        if (!entered) throw this.#full(`no room for ${bytes} bytes within ${deliveryTimeoutMs} ms`);
        this.#place(group);
      });
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  #full(what: string): AppError {
    const { maxBufferedBytes } = this.#settings;
    return new AppError('EVENTBUS_KAFKA_BUFFER_FULL', `${what}; ${maxBufferedBytes} bytes may be on their way`);
  }

  /** Asks for a topic until the cluster describes it, but not longer than until `endMs`. */
  async #learn(topic: string, endMs: number): Promise<void> {
    const startedAtMs = Date.now();
    for (let attempt = 1; this.#cluster.topic(topic) === undefined; attempt += 1) {
      try {
        await this.#cluster.refresh(topic);
      } catch (error) {
        const failure = kafkaFailure(error, `describing topic "${topic}"`);
        const patienceMs = failure.code === 'EVENTBUS_KAFKA_TOPIC_UNKNOWN' ? unknownTopicMs : Infinity;
        const mayPass = failure.code === 'EVENTBUS_KAFKA_UNAVAILABLE' || Number.isFinite(patienceMs);
        if (!mayPass || Date.now() >= Math.min(startedAtMs + patienceMs, endMs)) throw failure;
        await setTimeout(50 + retryDelay(backoff, attempt, Math.random()));
      }
    }
  }

  #place({ records, sizes, call }: RecordGroup): void {
    const nowMs = Date.now();
    this.#turn += 1;
    for (const [index, record] of records.entries()) {
      const boundBytes = sizes[index] as number;
      const lane = this.#laneOf(record);
      lane.add(record, call, { nowMs, boundBytes });
      this.#sender.ready(lane, boundBytes);
    }
    call.closed();
  }

  #laneOf({ topic, key }: AnyOutgoingRecord): PartitionLane {
    const partitions = this.#cluster.topic(topic)?.leaders.length ?? 1;
    const partition = key === null ? this.#turn % partitions : partitionOf(key, partitions);
    let lanes = this.#lanes.get(topic);
    if (lanes === undefined) {
      lanes = [];
      this.#lanes.set(topic, lanes);
    }
    const known = lanes[partition];
    if (known !== undefined) return known;
    const compression = this.#settings.compressionOf(topic);
    const lane = new PartitionLane({ topic, partition }, { compression, maxBatchBytes: this.#settings.maxRecordBytes });
    lanes[partition] = lane;
    return lane;
  }
}

/** The records of one call. */
interface RecordGroup {
  readonly records: readonly AnyOutgoingRecord[];
  /** What `maxRecordBytes` says of each. */
  readonly sizes: readonly number[];
  readonly call: SendCall;
}
