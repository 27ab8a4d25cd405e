import { AppError } from '../../core/errors/app-error.ts';
import { CommitLoop } from './commit-loop.ts';
import { FetchLoop, type FetchPlan } from './fetch-loop.ts';
import type { FetchedPartition } from './fetch-request.ts';
import { GroupMember, type Leader, type TopicPartition } from './group-member.ts';
import { Mapping } from './mapping.ts';
import type { GivenUpPart } from './next-invocation.ts';
import { PartitionState } from './partition-state.ts';
import { readRecordChunks } from './record-chunk.ts';
import { type ConsumerSourceOptions, type MappingStatus, tuningDefaults } from './source-options.ts';

/** Kafka's codes that a fetch may bring for one partition. */
const offsetOutOfRange = 1;
const partitionMaxBytes = 1_048_576;
const fetchMaxBytes = 8 * 1_048_576;
/** Long poll of an idle consumer: the first record ends it at once. */
const idleWaitMs = 500;
/** Poll while records are waiting or the function is busy: a little later is no loss, and far fewer fetches. */
const gatherWaitMs = 20;
const gatherMinBytes = 65_536;
/** Wait before a partition that could not be fetched is asked for again. */
const refetchMs = 500;

/** Feeds one consumer's function from its topics, as one member of its group. */
export class ConsumerSource {
  readonly #options: ConsumerSourceOptions;
  readonly #mappings: readonly Mapping[];
  readonly #member: GroupMember;
  readonly #fetching: FetchLoop;
  readonly #commits: CommitLoop;
  readonly #states = new Map<string, PartitionState>();
  #leaders: ReadonlyMap<string, Leader> = new Map();
  #slots: number;
  #turn = 0;
  #assignment = 0;
  #timer: NodeJS.Timeout | undefined;
  #refreshing = false;
  #assigned = false;
  #closed = false;
  #idle: (() => void) | null = null;
  invocations = 0;

  constructor(options: ConsumerSourceOptions) {
    const { consumer, connection, tuning } = options;
    this.#options = options;
    this.#mappings = consumer.topics.map((topic) => new Mapping(topic, options));
    this.#slots = consumer.ordering === 'partition' || consumer.concurrency > 0 ? Math.max(1, consumer.concurrency) : 1;
    this.#member = new GroupMember({
      connection,
      group: consumer.name,
      topics: consumer.topics,
      sessionTimeoutMs: tuning.sessionTimeoutMs ?? tuningDefaults.sessionTimeoutMs,
      start: consumer.startingPosition ?? 'earliest',
      onAssigned: (partitions, unbroken) => void this.#assign(partitions, unbroken),
      onLost: (error) => this.#lost(error),
    });
    this.#fetching = new FetchLoop({
      connection,
      clientId: consumer.name,
      plan: (nodeId) => this.#plan(nodeId),
      onFetched: (fetched, plan) => this.#fetched(fetched, plan),
      onFailed: (error) => this.#fetchFailed(error),
    });
    this.#commits = new CommitLoop({
      member: this.#member,
      states: () => this.#states.values(),
      intervalMs: tuning.commitIntervalMs ?? tuningDefaults.commitIntervalMs,
      onFailed: (error) => this.#failed('offsets could not be committed', error),
    });
    this.#member.start();
  }

  get mappings(): readonly Mapping[] {
    return this.#mappings;
  }

  status(): MappingStatus[] {
    return this.#mappings.map((mapping) => mapping.status());
  }

  pause(topic: string | undefined, paused: boolean): void {
    for (const mapping of this.#mappings) if (topic === undefined || mapping.topic === topic) mapping.paused = paused;
    this.#fetching.wake();
    this.#pump();
  }

  /** True when everything that is in the log now is settled, and no invocation is running. */
  async caughtUp(): Promise<boolean> {
    if (!this.#assigned || this.#busy()) return false;
    const states = [...this.#states.values()];
    const ends = await this.#member.endOffsets(states);
    return ends.every(({ offset }, index) => (states[index]?.position ?? 0) >= offset) && !this.#busy();
  }

  flush(): Promise<void> {
    return this.#commits.flush();
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
    await this.#commits.close();
    await this.#fetching.close();
    await this.#member.close();
  }

  #now(): number {
    return (this.#options.tuning.clock ?? tuningDefaults.clock)();
  }

  #busy(): boolean {
    for (const { busy } of this.#states.values()) if (busy) return true;
    return false;
  }

  /** Takes over an assignment: partitions held without a break go on, the others start at their committed offset. */
  async #assign(partitions: readonly TopicPartition[], unbroken: boolean): Promise<void> {
    this.#assignment += 1;
    const assignment = this.#assignment;
    const names = new Set(partitions.map(({ topic, partition }) => `${topic}-${partition}`));
    for (const state of this.#states.values()) if (!unbroken || !names.has(state.name)) this.#revoke(state);
    this.#assigned = false;
    const fresh = partitions.filter(({ topic, partition }) => !this.#states.has(`${topic}-${partition}`));
    while (assignment === this.#assignment && !this.#closed) {
      try {
        const positions = fresh.length === 0 ? [] : await this.#member.positions(fresh);
        const leaders = await this.#member.leaders();
        if (assignment !== this.#assignment || this.#closed) return;
        for (const place of positions) {
          const state = new PartitionState(place, place.offset);
          // A start that moves with time is settled once and for all: it must not be sought anew after a rebalance.
          if (!place.committed && this.#options.consumer.startingPosition !== undefined) state.committed = -1;
          this.#states.set(state.name, state);
        }
        this.#assigned = true;
        this.#distribute();
        this.#follow(leaders);
        this.#commits.wake();
        return;
      } catch (error) {
        this.#failed('positions could not be read', error);
        await new Promise((resolve) => setTimeout(resolve, refetchMs));
      }
    }
  }

  #revoke(state: PartitionState): void {
    state.revoked = true;
    this.#states.delete(state.name);
  }

  #distribute(): void {
    const states = [...this.#states.values()];
    for (const mapping of this.#mappings) {
      mapping.replaceStates(states.filter(({ topic }) => topic === mapping.topic));
      mapping.recovered();
    }
  }

  #follow(leaders: ReadonlyMap<string, Leader>): void {
    this.#leaders = leaders;
    this.#fetching.follow(leaders.values());
  }

  #lost(error: Error): void {
    this.#assignment += 1;
    this.#assigned = false;
    for (const state of this.#states.values()) this.#revoke(state);
    this.#distribute();
    this.#failed('the group membership is lost and sought again', error);
  }

  #plan(nodeId: number): FetchPlan {
    const { batchSize, concurrency } = this.#options.consumer;
    const now = Date.now();
    const positions: FetchPlan['positions'][number][] = [];
    let gathering = false;
    let buffered = 0;
    for (const { buffer } of this.#states.values()) buffered += buffer.bytes;
    const room = buffered < (this.#options.tuning.maxBufferedBytes ?? tuningDefaults.maxBufferedBytes);
    for (const mapping of this.#mappings) {
      if (mapping.paused) continue;
      for (const { name, topic, partition, buffer, fetchOffset, fetchAtMs } of mapping.states) {
        if (this.#leaders.get(name)?.nodeId !== nodeId) continue;
        if (buffer.records > 0) gathering = true;
        const full = buffer.records >= 2 * batchSize || buffer.bytes >= 4 * partitionMaxBytes || !room;
        if (full || fetchAtMs > now) gathering = true;
        else positions.push({ topic, partition, offset: fetchOffset });
      }
    }
    gathering ||= this.#slots < Math.max(1, concurrency);
    const limits = gathering
      ? { maxWaitMs: gatherWaitMs, minBytes: gatherMinBytes }
      : { maxWaitMs: idleWaitMs, minBytes: 1 };
    return { positions, limits: { ...limits, maxBytes: fetchMaxBytes, partitionMaxBytes } };
  }

  #fetched(fetched: readonly FetchedPartition[], plan: FetchPlan): void {
    const asked = new Map(plan.positions.map((place) => [`${place.topic}-${place.partition}`, place.offset]));
    const now = Date.now();
    for (const found of fetched) {
      const state = this.#states.get(`${found.topic}-${found.partition}`);
      // The assignment may have changed while the fetch was under way.
      if (state === undefined || state.fetchOffset !== asked.get(state.name)) continue;
      if (found.errorCode !== 0) this.#refused(state, found);
      else this.#take(state, found, now);
    }
    this.#pump();
  }

  #take(state: PartitionState, { highWatermark, records }: FetchedPartition, now: number): void {
    state.highWatermark = highWatermark;
    if (records === null) return;
    try {
      const mapping = this.#mappings.find(({ topic }) => topic === state.topic);
      mapping?.append(state, readRecordChunks(state.topic, records, state.fetchOffset), now);
    } catch (error) {
      state.fetchAtMs = now + refetchMs;
      this.#failed(`${state.name} at offset ${state.fetchOffset} cannot be read`, error, state.topic);
    }
  }

  #refused(state: PartitionState, { errorCode, logStartOffset, highWatermark }: FetchedPartition): void {
    state.fetchAtMs = Date.now() + refetchMs;
    if (errorCode !== offsetOutOfRange) {
      const error = new AppError('EVENTBUS_SOURCE_FETCH', `${state.name}: Kafka error code ${errorCode}`);
      this.#failed('a partition cannot be fetched', error, state.topic);
      void this.#refreshLeaders();
      return;
    }
    if (state.busy || state.buffer.records > 0) return;
    // Retention went past the position, or the topic was made anew: go on where the log begins.
    const next = new PartitionState(state, Math.max(0, logStartOffset));
    const { consumer, log } = this.#options;
    const fields = { consumer: consumer.name, topic: state.topic, partition: state.partition };
    log.warn({ ...fields, offset: state.fetchOffset, logStartOffset, highWatermark }, 'the offset is out of range');
    this.#revoke(state);
    this.#states.set(next.name, next);
    this.#distribute();
  }

  #fetchFailed(error: unknown): void {
    this.#failed('the broker cannot be reached', error);
    void this.#refreshLeaders();
  }

  async #refreshLeaders(): Promise<void> {
    if (this.#refreshing || this.#closed) return;
    this.#refreshing = true;
    try {
      this.#follow(await this.#member.leaders());
    } catch {
      // The loop fails again and asks again; the failure that led here is reported already.
    } finally {
      this.#refreshing = false;
    }
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
    this.#commits.wake();
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
