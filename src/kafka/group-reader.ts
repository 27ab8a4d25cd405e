import type { StartingPosition } from '../catalogue/model.ts';
import { AppError } from '../core/errors/app-error.ts';
import { CommitLoop } from './commit-loop.ts';
import type { KafkaConnection } from './connection.ts';
import { DamagedOffsets, type DamagedRange } from './damaged-offsets.ts';
import { FetchLoop, type FetchPlan } from './fetch-loop.ts';
import type { FetchedPartition, FetchLimits, FetchPosition } from './fetch-positions.ts';
import { GroupMember, type Leader, type StartOffset, type TopicPartition } from './group-member.ts';

/** Kafka's code of a position that the log does not hold. */
const offsetOutOfRange = 1;
/** Kafka's code of records that are not what was stored. */
const corruptMessage = 2;
const partitionMaxBytes = 1_048_576;
const fetchMaxBytes = 8 * 1_048_576;
/** Long poll of an idle reader: the first record ends it at once. */
const idleWaitMs = 500;
/** Poll while records are waiting or their receiver is busy: a little later is no loss, and far fewer fetches. */
const gatherWaitMs = 20;
const gatherMinBytes = 65_536;
/** Wait before a partition that could not be fetched is asked for again. */
const refetchMs = 500;

/** One partition of a group's member: what is fetched, settled and committed of it. */
export interface ReadPartition extends TopicPartition {
  /** `<topic>-<partition>`. */
  readonly name: string;
  /** Next offset to fetch. */
  fetchOffset: number;
  /** Not fetched before, ms of `performance.now()`: nobody sets that clock. */
  fetchAtMs: number;
  /** Offset after the last record in the log, as far as known. */
  highWatermark: number;
  /** First offset that is not settled. */
  readonly position: number;
  committed: number;
  /** True while records of it are fetched and not settled. */
  readonly occupied: boolean;
  /** Set when the partition is no longer this member's; nothing of it counts any more. */
  revoked: boolean;
}

/** What the receiver of the records wants next of a node. */
export interface Demand<P extends ReadPartition> {
  readonly partitions: readonly P[];
  /** True while records wait or are being handled, so that a poll may gather more. */
  readonly gathering: boolean;
}

export interface GroupReaderOptions<P extends ReadPartition> {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly topics: readonly string[];
  /** Where partitions without a committed offset begin. @default earliest */
  readonly start?: StartingPosition | undefined;
  readonly sessionTimeoutMs: number;
  /** Settled offsets are committed so often, ms. */
  readonly commitIntervalMs: number;
  readonly makePartition: (place: TopicPartition, offset: number) => P;
  /** Partitions to fetch now, out of those that a node leads. */
  readonly demand: (led: readonly P[]) => Demand<P>;
  /** The partitions held have changed. */
  readonly onPartitions: (partitions: readonly P[]) => void;
  /** Takes in what was fetched; sets `fetchOffset`. What it throws is reported, and the partition asked for again. */
  readonly onFetched: (partition: P, records: Buffer) => void;
  /** A round of fetched records is over. */
  readonly onRound: () => void;
  /** Something failed and is tried again, without end; `topic` when it concerns that one alone. */
  readonly onFailed: (what: string, error: unknown, topic?: string) => void;
  /** Records were lost to retention, or the topic was made anew: reading goes on where the log begins. */
  readonly onOutOfRange: (partition: P, logStart: number) => void;
  /**
   * Records are damaged beyond help, and reading goes on behind them; moves the partition's position on when all before
   * it is settled. @default damaged records hold their partition
   */
  readonly onDamaged?: (partition: P, range: DamagedRange) => void;
}

/**
 * Reads topics as one member of a consumer group: membership, fetching, commits. What becomes of the records is its
 * owner's matter. Every failure is reported and outlived.
 */
export class GroupReader<P extends ReadPartition> {
  readonly #options: GroupReaderOptions<P>;
  readonly #member: GroupMember;
  readonly #fetching: FetchLoop;
  readonly #commits: CommitLoop;
  readonly #partitions = new Map<string, P>();
  readonly #damaged = new DamagedOffsets();
  #leaders: ReadonlyMap<string, Leader> = new Map();
  #assignment = 0;
  #assigned = false;
  #refreshing = false;
  #closed = false;

  constructor(options: GroupReaderOptions<P>) {
    const { connection, group, topics, sessionTimeoutMs } = options;
    this.#options = options;
    this.#member = new GroupMember({
      connection,
      group,
      topics,
      sessionTimeoutMs,
      start: options.start ?? 'earliest',
      onAssigned: (partitions, unbroken) => void this.#assign(partitions, unbroken),
      onLost: (error) => this.#lost(error),
    });
    this.#fetching = new FetchLoop({
      connection,
      clientId: group,
      plan: (nodeId) => this.#plan(nodeId),
      onFetched: (fetched, plan) => this.#fetched(fetched, plan),
      onFailed: (error) => this.#fetchFailed(error),
    });
    this.#commits = new CommitLoop({
      member: this.#member,
      partitions: () => this.#partitions.values(),
      intervalMs: options.commitIntervalMs,
      onFailed: (error) => this.#failed('offsets could not be committed', error),
    });
  }

  start(): void {
    this.#member.start();
  }

  get partitions(): readonly P[] {
    return [...this.#partitions.values()];
  }

  /** True while this member holds the partitions that it was given last. */
  get assigned(): boolean {
    return this.#assigned;
  }

  /** Something may be wanted that was not before. */
  wakeFetching(): void {
    this.#fetching.wake();
  }

  /** Something was settled. */
  wakeCommits(): void {
    this.#commits.wake();
  }

  /** Commits everything that is settled now. */
  flush(): Promise<void> {
    return this.#commits.flush();
  }

  /** True when every partition's position is at the end of the log. */
  async atEnd(): Promise<boolean> {
    if (!this.#assigned) return false;
    const partitions = this.partitions;
    const ends = await this.#member.endOffsets(partitions);
    return ends.every(({ offset }, index) => (partitions[index]?.position ?? 0) >= offset);
  }

  /** Ends reading, commits what is settled and leaves the group. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#commits.close();
    await this.#fetching.close();
    await this.#member.close();
  }

  /** Takes over an assignment: partitions held without a break go on, the others start at their committed offset. */
  async #assign(places: readonly TopicPartition[], unbroken: boolean): Promise<void> {
    this.#assignment += 1;
    const assignment = this.#assignment;
    const names = new Set(places.map(({ topic, partition }) => `${topic}-${partition}`));
    for (const held of this.#partitions.values()) if (!unbroken || !names.has(held.name)) this.#revoke(held);
    this.#assigned = false;
    const fresh = places.filter(({ topic, partition }) => !this.#partitions.has(`${topic}-${partition}`));
    while (assignment === this.#assignment && !this.#closed) {
      try {
        const positions = fresh.length === 0 ? [] : await this.#member.positions(fresh);
        const leaders = await this.#member.leaders();
        if (assignment !== this.#assignment || this.#closed) return;
        this.#begin(positions);
        this.#follow(leaders);
        this.#commits.wake();
        return;
      } catch (error) {
        this.#failed('positions could not be read', error);
        await new Promise((resolve) => setTimeout(resolve, refetchMs));
      }
    }
  }

  #begin(positions: readonly StartOffset[]): void {
    for (const place of positions) {
      const held = this.#options.makePartition(place, place.offset);
      // A start that moves with time is settled once and for all: it must not be sought anew after a rebalance.
      if (!place.committed && this.#options.start !== undefined) held.committed = -1;
      this.#partitions.set(held.name, held);
    }
    this.#assigned = true;
    this.#options.onPartitions(this.partitions);
  }

  #revoke(partition: P): void {
    partition.revoked = true;
    this.#partitions.delete(partition.name);
    this.#damaged.forget(partition.name);
  }

  #follow(leaders: ReadonlyMap<string, Leader>): void {
    this.#leaders = leaders;
    this.#fetching.follow(leaders.values());
  }

  #lost(error: Error): void {
    this.#assignment += 1;
    this.#assigned = false;
    for (const held of this.#partitions.values()) this.#revoke(held);
    this.#options.onPartitions([]);
    this.#failed('the group membership is lost and sought again', error);
  }

  #plan(nodeId: number): FetchPlan {
    const now = performance.now();
    const led = this.partitions.filter(({ name }) => this.#leaders.get(name)?.nodeId === nodeId);
    const { partitions, gathering } = this.#options.demand(led);
    const due = partitions.filter(({ fetchAtMs }) => fetchAtMs <= now);
    const limits: Pick<FetchLimits, 'maxWaitMs' | 'minBytes'> =
      gathering || due.length < partitions.length
        ? { maxWaitMs: gatherWaitMs, minBytes: gatherMinBytes }
        : { maxWaitMs: idleWaitMs, minBytes: 1 };
    const positions: FetchPosition[] = due.map(({ topic, partition, fetchOffset }) => ({
      topic,
      partition,
      offset: fetchOffset,
    }));
    return { positions, limits: { ...limits, maxBytes: fetchMaxBytes, partitionMaxBytes } };
  }

  #fetched(fetched: readonly FetchedPartition[], plan: FetchPlan): void {
    const asked = new Map(plan.positions.map((place) => [`${place.topic}-${place.partition}`, place.offset]));
    for (const found of fetched) {
      const held = this.#partitions.get(`${found.topic}-${found.partition}`);
      // The assignment may have changed while the fetch was under way.
      if (held === undefined || held.fetchOffset !== asked.get(held.name)) continue;
      if (found.errorCode !== 0) this.#refused(held, found);
      else this.#take(held, found);
      // The position moves on without a settled record behind damage, and behind what was compacted away.
      if (held.position > held.committed) this.#commits.wake();
    }
    this.#options.onRound();
  }

  #take(held: P, { highWatermark, records }: FetchedPartition): void {
    held.highWatermark = highWatermark;
    const damaged = this.#damaged.passed(held.name, held.fetchOffset);
    if (damaged !== undefined) this.#options.onDamaged?.(held, damaged);
    if (records === null) return;
    try {
      this.#options.onFetched(held, records);
    } catch (error) {
      held.fetchAtMs = performance.now() + refetchMs;
      this.#failed(`${held.name} at offset ${held.fetchOffset} cannot be read`, error, held.topic);
    }
  }

  #refused(held: P, { errorCode, logStartOffset }: FetchedPartition): void {
    if (errorCode === corruptMessage && this.#options.onDamaged !== undefined) {
      if (this.#damaged.met(held.name, held.fetchOffset) !== 'ask-again') {
        held.fetchOffset += 1;
        return;
      }
    }
    held.fetchAtMs = performance.now() + refetchMs;
    if (errorCode !== offsetOutOfRange) {
      this.#failed('a partition cannot be fetched', refusalOf(held, errorCode), held.topic);
      void this.#refreshLeaders();
      return;
    }
    if (held.occupied) return;
    // Retention went past the position, or the topic was made anew: go on where the log begins.
    const logStart = Math.max(0, logStartOffset);
    this.#options.onOutOfRange(held, logStart);
    this.#revoke(held);
    const next = this.#options.makePartition(held, logStart);
    this.#partitions.set(next.name, next);
    this.#options.onPartitions(this.partitions);
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

  #failed(what: string, error: unknown, topic?: string): void {
    if (!this.#closed) this.#options.onFailed(what, error, topic);
  }
}

function refusalOf({ name, topic, partition, fetchOffset: offset }: ReadPartition, errorCode: number): AppError {
  if (errorCode !== corruptMessage)
    return new AppError('EVENTBUS_SOURCE_FETCH', `${name}: Kafka error code ${errorCode}`);
  const what = `${topic} partition ${partition} from offset ${offset} on`;
  return new AppError('EVENTBUS_KAFKA_RECORDS_CORRUPT', what, { details: { topic, partition, offset } });
}
