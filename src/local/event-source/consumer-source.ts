import { AppError } from '../../core/errors/app-error.ts';
import type { DamagedRange } from '../../kafka/damaged-offsets.ts';
import { type Demand, GroupReader } from '../../kafka/group-reader.ts';
import { Mapping } from './mapping.ts';
import type { GivenUpPart } from './next-invocation.ts';
import { PartitionState } from './partition-state.ts';
import { readRecordChunks } from './record-chunk.ts';
import { type ConsumerSourceOptions, type MappingStatus, tuningDefaults } from './source-options.ts';

/** Fetched bytes that a partition holds at most, beyond one fetch. */
const maxPartitionBytes = 4 * 1_048_576;

/** Feeds one consumer's function from its topics, as one member of its group. */
export class ConsumerSource {
  readonly #options: ConsumerSourceOptions;
  readonly #mappings: readonly Mapping[];
  readonly #reader: GroupReader<PartitionState>;
  #slots: number;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #idle: (() => void) | null = null;
  invocations = 0;

  constructor(options: ConsumerSourceOptions) {
    const { consumer, connection, tuning } = options;
    this.#options = options;
    this.#mappings = consumer.topics.map((topic) => new Mapping(topic, options));
    this.#slots = consumer.ordering === 'partition' || consumer.concurrency > 0 ? Math.max(1, consumer.concurrency) : 1;
    this.#reader = new GroupReader({
      connection,
      group: consumer.name,
      topics: consumer.topics,
      start: consumer.startingPosition,
      sessionTimeoutMs: tuning.sessionTimeoutMs ?? tuningDefaults.sessionTimeoutMs,
      commitIntervalMs: tuning.commitIntervalMs ?? tuningDefaults.commitIntervalMs,
      makePartition: (place, offset) => new PartitionState(place, offset),
      demand: (led) => this.#demand(led),
      onPartitions: (states) => this.#distribute(states),
      onFetched: (state, records) => this.#take(state, records),
      onRound: () => this.#pump(),
      onFailed: (what, error, topic) => this.#failed(what, error, topic),
      onOutOfRange: (state, logStart) => this.#warnOutOfRange(state, logStart),
      onDamaged: (state, range) => this.#passOverDamage(state, range),
    });
    this.#reader.start();
  }

  get mappings(): readonly Mapping[] {
    return this.#mappings;
  }

  status(): MappingStatus[] {
    return this.#mappings.map((mapping) => mapping.status());
  }

  pause(topic: string | undefined, paused: boolean): void {
    for (const mapping of this.#mappings) if (topic === undefined || mapping.topic === topic) mapping.paused = paused;
    this.#reader.wakeFetching();
    this.#pump();
  }

  /** True when everything that is in the log now is settled, and no invocation is running. */
  async caughtUp(): Promise<boolean> {
    if (this.#busy()) return false;
    return (await this.#reader.atEnd()) && !this.#busy();
  }

  flush(): Promise<void> {
    return this.#reader.flush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const mapping of this.#mappings) mapping.close();
    const timeoutMs = this.#options.tuning.closeTimeoutMs ?? tuningDefaults.closeTimeoutMs;
    if (this.#busy()) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        setTimeout(resolve, timeoutMs).unref();
      });
    }
    await this.#reader.close();
  }

  #now(): number {
    return (this.#options.tuning.clock ?? tuningDefaults.clock)();
  }

  #busy(): boolean {
    return this.#reader.partitions.some(({ busy }) => busy);
  }

  #distribute(states: readonly PartitionState[]): void {
    for (const mapping of this.#mappings) {
      mapping.replaceStates(states.filter(({ topic }) => topic === mapping.topic));
      mapping.recovered();
    }
  }

  #demand(led: readonly PartitionState[]): Demand<PartitionState> {
    const { batchSize, concurrency } = this.#options.consumer;
    const paused = new Set(this.#mappings.flatMap((mapping) => (mapping.paused ? [mapping.topic] : [])));
    const buffered = this.#reader.partitions.reduce((sum, { buffer }) => sum + buffer.bytes, 0);
    const room = buffered < (this.#options.tuning.maxBufferedBytes ?? tuningDefaults.maxBufferedBytes);
    const read = led.filter(({ topic }) => !paused.has(topic));
    const partitions = read.filter(
      ({ buffer }) => room && buffer.records < 2 * batchSize && buffer.bytes < maxPartitionBytes,
    );
    const gathering =
      partitions.length < read.length ||
      read.some(({ buffer }) => buffer.records > 0) ||
      this.#slots < Math.max(1, concurrency);
    return { partitions, gathering };
  }

  #take(state: PartitionState, records: Buffer): void {
    const mapping = this.#mappings.find(({ topic }) => topic === state.topic);
    mapping?.append(state, readRecordChunks(state.topic, records, state.fetchOffset), this.#now());
  }

  #warnOutOfRange(
    { topic, partition, fetchOffset: offset, highWatermark }: PartitionState,
    logStartOffset: number,
  ): void {
    const { consumer, log } = this.#options;
    const fields = { consumer: consumer.name, topic, partition };
    log.warn({ ...fields, offset, logStartOffset, highWatermark }, 'the offset is out of range');
  }

  /** A damaged batch is one more thing that must not hold its partition for ever; what is gone is told by audit, too. */
  #passOverDamage(state: PartitionState, { from, to }: DamagedRange): void {
    state.passDamage(to, this.#now());
    const { topic, partition } = state;
    const what = `${topic} partition ${partition}, offsets ${from} to ${to - 1}, passed over`;
    const { code, message } = new AppError('EVENTBUS_KAFKA_RECORDS_CORRUPT', what);
    this.#options.log.error({ code, consumer: this.#options.consumer.name, topic, partition, from, to }, message);
  }

  /** Starts every invocation that is due and free, and sets the alarm for the next one. */
  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    let atMs = Number.POSITIVE_INFINITY;
    for (let tried = 0; tried < this.#mappings.length && this.#slots > 0; ) {
      const mapping = this.#mappings[this.#turn % this.#mappings.length] as Mapping;
      this.#turn += 1;
      const next = mapping.next(this.#now());
      if ('parts' in next) {
        tried = 0;
        this.#start(mapping, next.parts);
      } else if ('undeliverable' in next) {
        tried = 0;
        this.#giveUp(mapping, next.undeliverable);
      } else {
        tried += 1;
        atMs = Math.min(atMs, next.atMs);
      }
    }
    if (this.#slots > 0 && Number.isFinite(atMs)) {
      this.#timer = setTimeout(() => this.#pump(), Math.max(1, atMs - this.#now()));
    }
  }

  #start(mapping: Mapping, parts: Parameters<Mapping['deliver']>[0]): void {
    this.#slots -= 1;
    this.invocations += 1;
    void mapping.deliver(parts).then((givenUp) => {
      this.#slots += 1;
      for (const part of givenUp) this.#giveUp(mapping, part);
      this.#progressed();
    });
  }

  #giveUp(mapping: Mapping, part: GivenUpPart): void {
    void mapping.giveUp(part).then(() => this.#progressed());
  }

  #progressed(): void {
    this.#reader.wakeCommits();
    if (!this.#busy()) this.#idle?.();
    this.#pump();
  }

  #failed(what: string, error: unknown, topic?: string): void {
    if (this.#closed) return;
    const message = error instanceof Error ? error.message : String(error);
    for (const mapping of this.#mappings) if (topic === undefined || topic === mapping.topic) mapping.failed(message);
    this.#options.log.warn(
      { consumer: this.#options.consumer.name, ...(topic ? { topic } : {}), reason: message },
      what,
    );
  }
}
