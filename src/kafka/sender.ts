import { AppError } from '../core/errors/app-error.ts';
import type { ErrorCode } from '../core/errors/registry.ts';
import { retryDelay } from '../core/retry-delay.ts';
import { sizeGroups } from '../core/size-groups.ts';
import type { Cluster, ProducerIdentity } from './cluster.ts';
import { codeOf, errorName, isPassing, isTooLarge, kafkaFailure } from './kafka-failure.ts';
import type { PartitionLane, PendingBatch } from './partition-lane.ts';
import { type BatchAnswer, type BatchToSend, produce } from './produce-request.ts';

export interface SenderOptions {
  readonly cluster: Cluster;
  readonly lingerMs: number;
  /** Bytes that are sent without waiting for more. */
  readonly flushBytes: number;
  readonly maxRequestBytes: number;
  /** How long a leader may wait for its replicas, ms. */
  readonly ackTimeoutMs: number;
  /** Time from taking a record to giving it up, ms. */
  readonly deliveryTimeoutMs: number;
}

const maxRequestsANode = 5;
const backoff = { baseMs: 50, capMs: 1000 };

/** What no later attempt changes. */
const final: ReadonlySet<ErrorCode> = new Set(['EVENTBUS_KAFKA_DENIED', 'EVENTBUS_KAFKA_UNSUPPORTED']);

/** Time that a topic which the leader does not know may take to appear, ms. */
const unknownTopicMs = 3000;

/** The leader has lost, or never had, the sequence that the batch continues. */
const sequenceLost: ReadonlySet<string> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
]);

/** Sends lanes' batches to the leaders of their partitions, several requests at a time, and again until they are in. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #waiting = new Set<PartitionLane>();
  readonly #requests = new Map<number, number>();
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #identity: Promise<ProducerIdentity> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** The lane has records; `bytes` is how many more. */
  ready(lane: PartitionLane, bytes: number): void {
    if (!lane.busy) this.#waiting.add(lane);
    this.#waitingBytes += bytes;
    if (this.#waitingBytes >= this.#options.flushBytes) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#options.lingerMs);
  }

  /** Sends what is ready without waiting for more. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waitingBytes = 0;
    for (const [node, lanes] of byLeader(this.#waiting, this.#options.cluster)) {
      for (const group of inRequests(lanes, this.#options.maxRequestBytes)) {
        if ((this.#requests.get(node) ?? 0) >= maxRequestsANode) break;
        for (const lane of group) {
          this.#waiting.delete(lane);
          lane.busy = true;
        }
        void this.#request(node, group);
      }
    }
  }

  async #request(node: number, lanes: readonly PartitionLane[]): Promise<void> {
    this.#requests.set(node, (this.#requests.get(node) ?? 0) + 1);
    try {
      this.#settle(lanes, await this.#exchange(node, lanes));
    } catch (error) {
      this.#retry(lanes, kafkaFailure(error, `sending ${lanes.length} batches to node ${node}`));
    }
    this.#requests.set(node, (this.#requests.get(node) ?? 1) - 1);
    if (this.#waiting.size > 0) this.flush();
  }

  async #exchange(node: number, lanes: readonly PartitionLane[]): Promise<readonly BatchAnswer[]> {
    const { cluster, ackTimeoutMs } = this.#options;
    const version = await cluster.produceVersion();
    for (const lane of lanes) lane.identity ??= await this.#currentIdentity();
    const connection = await cluster.connect(node);
    return produce(connection, lanes.map(toSend), { version, timeoutMs: ackTimeoutMs });
  }

  #currentIdentity(): Promise<ProducerIdentity> {
    this.#identity ??= this.#options.cluster.newIdentity().catch((error: unknown) => {
      this.#identity = undefined;
      throw error;
    });
    return this.#identity;
  }

  #settle(lanes: readonly PartitionLane[], answers: readonly BatchAnswer[]): void {
    const byPlace = new Map(answers.map((answer) => [`${answer.topic}/${answer.partition}`, answer]));
    const again: PartitionLane[] = [];
    let failure: AppError | undefined;
    for (const lane of lanes) {
      const answer = byPlace.get(`${lane.topic}/${lane.partition}`);
      const name = answer === undefined ? 'NETWORK_EXCEPTION' : errorName(answer.errorCode);
      if (name === 'NONE' || name === 'DUPLICATE_SEQUENCE_NUMBER') {
        lane.finish();
        this.#next(lane);
      } else if (this.#mayTryAgain(lane, name)) {
        again.push(lane);
        failure = failureOf(lane, name, answer?.errorMessage);
      } else {
        this.#giveUp(lane, failureOf(lane, name, answer?.errorMessage));
      }
    }
    if (failure !== undefined) this.#retry(again, failure);
  }

  /** Prepares a lane whose batch the leader did not take for another attempt, where one may help. */
  #mayTryAgain(lane: PartitionLane, name: string): boolean {
    if (sequenceLost.has(name)) {
      this.#forgetIdentity(lane);
      return true;
    }
    if (isPassing(name)) return true;
    if (name === 'UNKNOWN_TOPIC_OR_PARTITION') return ageOf(lane) < unknownTopicMs;
    if (!isTooLarge(name)) return false;
    this.#takeBack(lane);
    return lane.splitHead();
  }

  /** The lane's next batch begins a sequence of its own, under an identity that no lane has used. */
  #forgetIdentity(lane: PartitionLane): void {
    this.#identity = undefined;
    lane.forgetIdentity();
  }

  /**
   * The leader refused the batch. Its sequence number is free only if this was the first attempt: an earlier one may have
   * been stored without an answer, and the log would take another batch under that number for its repetition.
   */
  #takeBack(lane: PartitionLane): void {
    if ((lane.first()?.attempts ?? 0) > 1) this.#forgetIdentity(lane);
    else lane.takeBack();
  }

  /** A record at fault fails alone, otherwise all of the lane fails. */
  #giveUp(lane: PartitionLane, failure: AppError): void {
    this.#takeBack(lane);
    if (failure.failure === 'poison') lane.finish(failure);
    else lane.failAll(failure);
    this.#next(lane);
  }

  #next(lane: PartitionLane): void {
    lane.busy = false;
    if (!lane.idle) this.#waiting.add(lane);
  }

  #retry(lanes: readonly PartitionLane[], failure: AppError): void {
    const hopeless = final.has(failure.code);
    const expired = lanes.filter((lane) => hopeless || ageOf(lane) >= this.#options.deliveryTimeoutMs);
    for (const lane of expired) {
      // Whether the log took the batch is not known, so its sequence cannot be continued.
      this.#forgetIdentity(lane);
      lane.failAll(failure);
      this.#next(lane);
    }
    const alive = lanes.filter((lane) => !expired.includes(lane));
    if (alive.length === 0) return;
    const attempt = Math.max(1, ...alive.map((lane) => lane.first()?.attempts ?? 1));
    setTimeout(() => void this.#tryAgain(alive), 1 + retryDelay(backoff, attempt, Math.random()));
  }

  async #tryAgain(lanes: readonly PartitionLane[]): Promise<void> {
    const topics = [...new Set(lanes.map(({ topic }) => topic))];
    const failures = await Promise.all(topics.map((topic) => this.#refresh(topic)));
    const failure = failures.find((found) => found?.code === 'EVENTBUS_KAFKA_UNAVAILABLE');
    for (const lane of lanes) lane.countAttempt();
    if (failure === undefined) {
      for (const lane of lanes) this.#next(lane);
      this.flush();
    } else {
      // Without the cluster's description another attempt would fail like the last one.
      this.#retry(lanes, failure);
    }
  }

  #refresh(topic: string): Promise<AppError | undefined> {
    return this.#options.cluster.refresh(topic).then(
      () => undefined,
      (error: unknown) => kafkaFailure(error, `describing topic "${topic}"`),
    );
  }
}

function toSend(lane: PartitionLane): BatchToSend {
  const head = lane.head(lane.identity as ProducerIdentity) as PendingBatch;
  lane.countAttempt();
  return { topic: lane.topic, partition: lane.partition, bytes: head.sealed as Buffer };
}

function ageOf(lane: PartitionLane): number {
  return Date.now() - (lane.first()?.createdAtMs ?? Date.now());
}

function failureOf(lane: PartitionLane, name: string, message: string | null | undefined): AppError {
  const { topic, partition } = lane;
  const detail = message === null || message === undefined || message === '' ? '' : ` (${message})`;
  return new AppError(codeOf(name), `publishing to ${topic} partition ${partition}: ${name}${detail}`, {
    details: { topic, partition, error: name },
  });
}

function byLeader(lanes: Iterable<PartitionLane>, cluster: Cluster): ReadonlyMap<number, PartitionLane[]> {
  return Map.groupBy(lanes, ({ topic, partition }) => cluster.topic(topic)?.leaders[partition] ?? -1);
}

/** Lanes in groups whose first batches fit one request. */
function inRequests(lanes: readonly PartitionLane[], maxBytes: number): Iterable<readonly PartitionLane[]> {
  return sizeGroups(lanes, (lane) => lane.first()?.batch.byteLength ?? 0, { maxSize: maxBytes });
}
