import { Consumer, type ConsumerGroupJoinPayload } from '@platformatic/kafka';
import type { StartingPosition } from '../catalogue/model.ts';
import type { Backoff } from '../core/retry-delay.ts';
import { retryDelay } from '../core/retry-delay.ts';
import { clientOptions, type KafkaConnection } from './connection.ts';

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicOffset extends TopicPartition {
  readonly offset: number;
}

/** Where a partition goes on. */
export interface StartOffset extends TopicOffset {
  /** False when the group has committed nothing for it. */
  readonly committed: boolean;
}

/** Where a partition is read from. */
export interface Leader {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export interface GroupMemberOptions {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Where partitions without a committed offset begin. */
  readonly start: StartingPosition;
  /** `unbroken`: nobody else can have held these partitions since the assignment before. */
  readonly onAssigned: (partitions: readonly TopicPartition[], unbroken: boolean) => void;
  /** The membership is lost; it is sought again, without end. */
  readonly onLost: (error: Error) => void;
}

const rejoinBackoff: Backoff = { baseMs: 200, capMs: 5_000 };
const heartbeatMs = 1_000;
const earliest = -2n;
const latest = -1n;

/** A member of a consumer group (classic protocol) that finds its way back after any failure. */
export class GroupMember {
  readonly #options: GroupMemberOptions;
  #consumer: Consumer | null = null;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  #wake: () => void = () => {};
  #last: { readonly memberId: string; readonly generationId: number } | null = null;

  constructor(options: GroupMemberOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Next offset to read of each partition: as committed, else the starting position. */
  async positions(partitions: readonly TopicPartition[]): Promise<StartOffset[]> {
    const topics = byTopic(partitions);
    const committed = await this.#client().listCommittedOffsets({ topics });
    const known = partitions.map(({ topic, partition }) => {
      const offset = offsetIn(committed, { topic, partition });
      return { topic, partition, offset, committed: offset >= 0 };
    });
    const fresh = known.filter((place) => !place.committed);
    if (fresh.length === 0) return known;
    const starts = await this.#starts(fresh);
    return known.map((place) => (place.committed ? place : { ...place, offset: offsetIn(starts, place) }));
  }

  /** Offset after the last record of each partition. */
  async endOffsets(partitions: readonly TopicPartition[]): Promise<TopicOffset[]> {
    if (partitions.length === 0) return [];
    const ends = await this.#list(partitions, latest);
    return partitions.map((place) => ({ ...place, offset: offsetIn(ends, place) }));
  }

  async commit(offsets: readonly TopicOffset[]): Promise<void> {
    await this.#client().commit({
      offsets: offsets.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: BigInt(offset),
        leaderEpoch: -1,
      })),
    });
  }

  /** Leaders as the cluster says now; a partition without one is left out. */
  async leaders(): Promise<Map<string, Leader>> {
    const topics = [...this.#options.topics];
    const metadata = await this.#client().metadata({ topics, forceUpdate: true });
    const leaders = new Map<string, Leader>();
    for (const [topic, { partitions }] of metadata.topics) {
      for (const [partition, { leader }] of partitions.entries()) {
        const broker = metadata.brokers.get(leader);
        if (broker === undefined) continue;
        leaders.set(`${topic}-${partition}`, { nodeId: leader, host: broker.host, port: broker.port });
      }
    }
    return leaders;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let attempt = 1; !this.#closed; attempt += 1) {
      const started = Date.now();
      try {
        await this.#session();
      } catch (error) {
        if (this.#closed) return;
        this.#options.onLost(error instanceof Error ? error : new Error(String(error)));
        if (Date.now() - started > rejoinBackoff.capMs) attempt = 1;
        await this.#pause(retryDelay(rejoinBackoff, attempt, Math.random()));
      }
    }
  }

  /** From joining until the membership fails or the member is closed. */
  async #session(): Promise<void> {
    const { group, topics, sessionTimeoutMs, connection } = this.#options;
    const consumer = new Consumer({
      ...clientOptions(connection, group),
      groupId: group,
      autocommit: false,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs * 3,
      heartbeatInterval: Math.min(heartbeatMs, sessionTimeoutMs / 3),
      heartbeatStallTimeout: sessionTimeoutMs,
      retries: 2,
      retryDelay: 200,
      connectTimeout: 2_000,
    });
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    ended.catch(() => {});
    consumer.on('error', reject);
    consumer.on('consumer:heartbeat:stalled', ({ lastError }) => {
      reject(lastError ?? new Error('no heartbeat was answered within the session timeout'));
    });
    consumer.on('consumer:group:join', (payload) => this.#joined(payload));
    this.#wake = resolve;
    this.#consumer = consumer;
    try {
      for (const topic of topics) consumer.topics.track(topic);
      await Promise.race([consumer.joinGroup(), ended]);
      await ended;
    } finally {
      this.#consumer = null;
      // A member whose broker is away cannot say goodbye; its session times out there.
      await Promise.race([consumer.close(true).catch(() => {}), new Promise((done) => setTimeout(done, 1_000))]);
    }
  }

  #joined({ memberId, generationId = 0, assignments = [] }: ConsumerGroupJoinPayload): void {
    const last = this.#last;
    const unbroken = last !== null && last.memberId === memberId && generationId <= last.generationId + 1;
    this.#last = { memberId, generationId };
    const partitions = assignments.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#options.onAssigned(partitions, unbroken);
  }

  #client(): Consumer {
    if (this.#consumer === null) throw new Error('not a member of the group at the moment');
    return this.#consumer;
  }

  async #starts(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, readonly bigint[]>> {
    const { start } = this.#options;
    if (start === 'earliest') return this.#list(partitions, earliest);
    const ends = await this.#list(partitions, latest);
    if (start === 'latest') return ends;
    const found = await this.#list(partitions, BigInt(Date.parse(start.timestamp)));
    // No record is that young: the next one to come is the first.
    const firstOf = (topic: string, offset: bigint, at: number) =>
      offset < 0n ? (ends.get(topic)?.[at] ?? 0n) : offset;
    return new Map([...found].map(([topic, list]) => [topic, list.map((offset, at) => firstOf(topic, offset, at))]));
  }

  #list(partitions: readonly TopicPartition[], timestamp: bigint) {
    const topics = byTopic(partitions);
    return this.#client().listOffsets({
      topics: topics.map(({ topic }) => topic),
      partitions: Object.fromEntries(topics.map(({ topic, partitions }) => [topic, partitions])),
      timestamp,
    });
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#closed) this.#wake();
    });
  }
}

function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = Map.groupBy(partitions, ({ topic }) => topic);
  return [...topics].map(([topic, list]) => ({ topic, partitions: list.map(({ partition }) => partition) }));
}

function offsetIn(offsets: ReadonlyMap<string, readonly bigint[]>, { topic, partition }: TopicPartition): number {
  return Number(offsets.get(topic)?.[partition] ?? -1n);
}
