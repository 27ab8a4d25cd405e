import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { StartingPosition } from '../catalogue/model.ts';
import type { Codec } from '../codec/codec.ts';
import { AppError } from '../core/errors/app-error.ts';
import type { Backoff } from '../core/retry-delay.ts';
import { retryDelay } from '../core/retry-delay.ts';
import type { KafkaConnection } from '../kafka/connection.ts';
import type { DamagedRange } from '../kafka/damaged-offsets.ts';
import { type Demand, GroupReader } from '../kafka/group-reader.ts';
import { kafkaFailure } from '../kafka/kafka-failure.ts';
import { decodeBatches } from '../kafka/record-decoding.ts';
import type { DeadLetterQueue } from '../ports/dead-letter-queue/dead-letter-queue.ts';
import { type Deliver, makeDelivery } from './delivery.ts';
import type { SubscriptionStatus } from './event-bus.ts';
import { Gate } from './gate.ts';
import type { AnyHandler } from './handled-events.ts';
import type { EventBusLog, OnDamaged } from './options.ts';
import { SubscribedPartition } from './subscribed-partition.ts';
import type { Selection } from './topic-choice.ts';
import { wantedRecords } from './wanted-records.ts';

/** Everything a subscription needs, defaults in place. */
export interface SubscriptionSettings {
  readonly connection: KafkaConnection;
  readonly codec: Codec;
  readonly group: string;
  readonly selection: Selection;
  readonly handler: AnyHandler;
  readonly from: StartingPosition;
  /** Partitions handled side by side. */
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly letters: DeadLetterQueue | undefined;
  readonly log: EventBusLog;
  readonly sessionTimeoutMs: number;
  readonly joinTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly maxBufferedBytes: number;
  readonly damaged: 'hold' | OnDamaged;
  readonly onClosed: () => void;
}

/** Records fetched ahead of a partition's handler, beyond one fetch. */
const maxPartitionRecords = 500;
const fetchAgainAt = 250;
const maxPartitionBytes = 4 * 1_048_576;
const commitIntervalMs = 200;
const breatheEvery = 50;
/** Waits before a partition that got no further is delivered again. */
const againBackoff: Backoff = { baseMs: 500, capMs: 30_000 };

/** One member of a consumer group that hands events to a handler: side by side over partitions, in order within one. */
export class Subscription {
  readonly group: string;
  readonly topics: readonly string[];
  readonly #settings: SubscriptionSettings;
  readonly #reader: GroupReader<SubscribedPartition>;
  readonly #deliver: Deliver;
  readonly #gate = new Gate();
  readonly #joined = Promise.withResolvers<void>();
  readonly #running = new Map<string, SubscribedPartition>();
  readonly #ends = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #stopping = false;
  #handledEvents = 0;
  #deadLetters = 0;
  #lastError: Error | undefined;

  constructor(settings: SubscriptionSettings) {
    const { connection, group, selection, from, sessionTimeoutMs, damaged } = settings;
    this.group = group;
    this.topics = selection.topics;
    this.#settings = settings;
    this.#deliver = makeDelivery({
      ...settings,
      partition: (name) => this.#running.get(name),
      gate: this.#gate,
      stopping: () => this.#stopping,
      onHandled: () => this.#went(),
      onLetters: (count) => {
        this.#deadLetters += count;
      },
    });
    this.#reader = new GroupReader({
      connection,
      group,
      topics: selection.topics,
      start: from,
      sessionTimeoutMs,
      commitIntervalMs,
      makePartition: (place, offset) => new SubscribedPartition(place, offset),
      demand: (led) => this.#demand(led),
      onPartitions: () => this.#assigned(),
      onFetched: (partition, bytes) => this.#take(partition, bytes),
      onRound: () => this.#pump(),
      onFailed: (what, error) => this.#failed(what, error),
      onOutOfRange: ({ topic, partition, fetchOffset: offset }, logStart) =>
        settings.log.warn({ group, topic, partition, offset, logStart }, 'the offset is out of range: events are gone'),
      ...(damaged !== 'hold' && { onDamaged: (partition, range) => this.#passOver(partition, range, damaged) }),
    });
    // A subscription that is closed before it has joined is nobody's failure.
    this.#joined.promise.catch(() => {});
  }

  /**
   * Joins the group.
   * @throws AppError EVENTBUS_SDK_NOT_JOINED with the reason as its cause, EVENTBUS_KAFKA_DENIED
   */
  async start(): Promise<void> {
    this.#reader.start();
    const { joinTimeoutMs, connection } = this.#settings;
    const timer = setTimeout(() => {
      const reason = this.#lastError === undefined ? '' : `: ${this.#lastError.message}`;
      const what = `"${this.group}" at ${connection.bootstrapServers} within ${joinTimeoutMs} ms${reason}`;
      this.#joined.reject(new AppError('EVENTBUS_SDK_NOT_JOINED', what, { cause: this.#lastError }));
    }, joinTimeoutMs);
    try {
      await this.#joined.promise;
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Holds events back after the one under way; the membership and its partitions are kept. */
  pause(): void {
    this.#gate.close();
  }

  resume(): void {
    this.#gate.open();
    this.#reader.wakeFetching();
    this.#pump();
  }

  status(): SubscriptionStatus {
    return {
      partitions: this.#reader.partitions.map(({ topic, partition, position, lagRecords }) => ({
        topic,
        partition,
        position,
        lagRecords,
      })),
      paused: this.#gate.closed,
      handledEvents: this.#handledEvents,
      deadLetters: this.#deadLetters,
      lastError: this.#lastError,
    };
  }

  /** Lets the events under way end, commits, and leaves the group. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#gate.end();
    this.#joined.reject(new AppError('EVENTBUS_SDK_CLOSED', `subscription "${this.group}"`));
    const ended = Promise.all(this.#ends);
    const timeout = new AbortController();
    const { closeTimeoutMs } = this.#settings;
    await Promise.race([ended, sleep(closeTimeoutMs, undefined, { signal: timeout.signal }).catch(() => {})]);
    timeout.abort();
    for (const partition of this.#running.values()) partition.abort();
    await this.#reader.close();
    this.#settings.onClosed();
  }

  #assigned(): void {
    if (this.#reader.assigned) this.#joined.resolve();
    for (const partition of this.#running.values()) if (partition.revoked) partition.abort();
    this.#pump();
  }

  #demand(led: readonly SubscribedPartition[]): Demand<SubscribedPartition> {
    if (this.#gate.closed || this.#stopping) return { partitions: [], gathering: false };
    const buffered = this.#reader.partitions.reduce((sum, { bytes }) => sum + bytes, 0);
    const room = buffered < this.#settings.maxBufferedBytes;
    const partitions = led.filter(
      ({ records, bytes }) => room && records < maxPartitionRecords && bytes < maxPartitionBytes,
    );
    return { partitions, gathering: partitions.length < led.length || led.some(({ records }) => records > 1) };
  }

  #take(held: SubscribedPartition, bytes: Buffer): void {
    const { topic, partition, fetchOffset } = held;
    const { records, next } = decodeBatches(bytes, { topic, partition, from: fetchOffset, to: Infinity });
    if (next !== undefined) held.append(wantedRecords(records, this.#settings.selection), next);
  }

  /** Tells of damage first, so that a crash in between tells of it again. */
  #passOver(held: SubscribedPartition, { from, to }: DamagedRange, tell: OnDamaged): void {
    const { topic, partition, name } = held;
    const { log } = this.#settings;
    const what = `${topic} partition ${partition}, offsets ${from} to ${to - 1}, passed over`;
    const { code, message } = new AppError('EVENTBUS_KAFKA_RECORDS_CORRUPT', what);
    log.error({ group: this.group, code, topic, partition, from, to }, message);
    const failed = (error: unknown) => this.#failed(`the program could not be told of damage in ${name}`, error);
    try {
      Promise.resolve(tell({ topic, partition, from, to })).catch(failed);
    } catch (error) {
      failed(error);
    }
    held.passDamage(to);
  }

  /** Starts every delivery that is due and free, and sets the alarm for the next one. */
  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#stopping) return;
    const now = Date.now();
    let atMs = Number.POSITIVE_INFINITY;
    for (const partition of this.#reader.partitions) {
      if (partition.records === 0 || this.#gate.closed || this.#running.has(partition.name)) continue;
      if (partition.deliverAtMs > now) atMs = Math.min(atMs, partition.deliverAtMs);
      else if (this.#running.size < this.#settings.concurrency) this.#start(partition);
    }
    if (Number.isFinite(atMs)) this.#timer = setTimeout(() => this.#pump(), Math.max(1, atMs - now));
  }

  #start(partition: SubscribedPartition): void {
    this.#running.set(partition.name, partition);
    const end = this.#run(partition).then(() => {
      this.#running.delete(partition.name);
      this.#ends.delete(end);
      if (!partition.revoked) this.#reader.wakeCommits();
      this.#reader.wakeFetching();
      this.#pump();
    });
    this.#ends.add(end);
  }

  /** Delivers what waits, record by record, until one has to be delivered again. */
  async #run(partition: SubscribedPartition): Promise<void> {
    for (let handled = 1; this.#goesOn(partition); handled += 1) {
      if (!(await this.#tried(partition))) return;
      partition.settleFirst();
      partition.misses = 0;
      this.#reader.wakeCommits();
      if (partition.records === fetchAgainAt) this.#reader.wakeFetching();
      // A handler that waits for nothing must not keep the network waiting.
      if (handled % breatheEvery === 0) await setImmediate();
    }
  }

  #goesOn({ first, revoked }: SubscribedPartition): boolean {
    return first !== undefined && !this.#gate.closed && !this.#stopping && !revoked;
  }

  async #tried(partition: SubscribedPartition): Promise<boolean> {
    try {
      if (await this.#deliver(partition)) return true;
    } catch (error) {
      this.#failed(`${partition.name} could not be delivered`, error);
    }
    partition.misses += 1;
    partition.deliverAtMs = Date.now() + retryDelay(againBackoff, partition.misses, Math.random());
    return false;
  }

  #went(): void {
    this.#handledEvents += 1;
    this.#lastError = undefined;
  }

  #failed(what: string, error: unknown): void {
    if (this.#stopping) return;
    const failure = kafkaFailure(error, what);
    this.#lastError = failure;
    if (failure.code === 'EVENTBUS_KAFKA_DENIED') this.#joined.reject(failure);
    this.#settings.log.warn({ group: this.group, code: failure.code, reason: failure.message }, what);
  }
}
