import { setTimeout as sleep } from 'node:timers/promises';
import { retryDelay } from '../../core/retry-delay.ts';
import type { KafkaConnection } from '../../kafka/connection.ts';
import { readTopic } from '../../kafka/reader.ts';
import { type PartitionTimes, topicPositions } from '../../kafka/topic-positions.ts';
import type { EventMaker } from './event-maker.ts';
import type { Frontier } from './frontier.ts';
import type { LiveEvent } from './live-event.ts';
import type { RealtimeLog } from './realtime-log.ts';
import type { RecentEvents } from './recent-events.ts';

export interface TopicFeedOptions {
  readonly connection: KafkaConnection;
  readonly maker: EventMaker;
  readonly frontier: Frontier;
  readonly recent: RecentEvents;
  readonly limits: { readonly recentMs: number; readonly recentEvents: number };
  readonly deliver: (event: LiveEvent) => void;
  /** Records are gone that this gateway has not read: nobody can be up to date. */
  readonly onGap: () => void;
  readonly log: RealtimeLog;
}

const backoff = { baseMs: 200, capMs: 5_000 };
const partitionWatchMs = 60_000;
const clientId = 'event-bus-realtime';

/**
 * Reads every partition of one topic, without a consumer group, from a while before the end: each gateway has all
 * events and serves its own connections. Outages are waited out.
 */
export class TopicFeed {
  readonly #options: TopicFeedOptions;
  readonly #stop = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  readonly #done: Promise<void>;
  #ends: readonly number[] | undefined;
  #failures = 0;

  constructor(options: TopicFeedOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Resolves when everything has been read that was there at the start. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Attempts in a row that failed. */
  get failures(): number {
    return this.#failures;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
    this.#ready.resolve();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { log, maker } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        if (signal.aborted) return;
        this.#failures += 1;
        log.warn({ topic: maker.topic.topic, failures: this.#failures }, `reading is interrupted: ${String(error)}`);
        const waitMs = retryDelay(backoff, this.#failures, Math.random());
        await sleep(waitMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Reads until the topic has more partitions than before, a failure, or the end of the gateway. */
  async #read(): Promise<void> {
    const { connection, maker, frontier } = this.#options;
    const { topic, code } = maker.topic;
    const count = await this.#begin();
    const offsets = new Map(frontier.of(code).map((offset, partition) => [partition, offset]));
    const grown = new AbortController();
    const watch = setInterval(() => {
      topicPositions(connection, topic, []).then(
        (partitions) => partitions.length > count && grown.abort(),
        () => {},
      );
    }, partitionWatchMs);
    watch.unref();
    try {
      const onDamaged = (partition: number, offset: number) =>
        this.#options.log.error({ topic, partition, offset }, 'a batch is damaged and left out');
      const signal = AbortSignal.any([this.#stop.signal, grown.signal]);
      const batches = readTopic({ connection, topic, clientId, from: { offsets }, to: 'never', signal, onDamaged });
      this.#noteProgress();
      for await (const records of batches) {
        const events = await maker.make(records);
        this.#failures = 0;
        const last = records.at(-1);
        for (const event of events) {
          frontier.advance(code, event.partition, event.offset + 1);
          this.#options.deliver(event);
        }
        if (last !== undefined) frontier.advance(code, last.partition, last.offset + 1);
        this.#noteProgress();
      }
    } finally {
      clearInterval(watch);
    }
  }

  /** Where reading begins: a while ago the first time, later where it stopped. Returns the number of partitions. */
  async #begin(): Promise<number> {
    const { connection, maker, frontier, recent, limits, onGap } = this.#options;
    const { topic, code } = maker.topic;
    const begun = frontier.of(code);
    const partitions = await topicPositions(connection, topic, [Date.now() - limits.recentMs]);
    const offsets = partitions.map((partition, index) => begun[index] ?? this.#warmStart(partition, begun.length > 0));
    const gap = partitions.some(({ start }, index) => (begun[index] ?? start) < start);
    const safe = gap ? partitions.map(({ start }, index) => Math.max(start, offsets[index] ?? 0)) : offsets;
    if (gap || begun.length !== partitions.length) {
      const floors = begun.length === 0 || gap ? safe : safe.map((at, index) => this.#floor(index, at));
      recent.begin(code, floors);
      frontier.begin(code, safe);
    }
    this.#ends ??= partitions.map(({ end }) => end);
    if (gap) onGap();
    return partitions.length;
  }

  #floor(partition: number, otherwise: number): number {
    const floor = this.#options.recent.floor(this.#options.maker.topic.code, partition);
    return Number.isFinite(floor) ? floor : otherwise;
  }

  /** A partition that has come later is read whole: everything in it is new. */
  #warmStart({ start, end, atTimes }: PartitionTimes, later: boolean): number {
    if (later) return start;
    return Math.max(start, Math.min(atTimes[0] ?? end, end), end - this.#options.limits.recentEvents);
  }

  #noteProgress(): void {
    const next = this.#options.frontier.of(this.#options.maker.topic.code);
    if (this.#ends?.every((end, partition) => (next[partition] ?? 0) >= end)) this.#ready.resolve();
  }
}
