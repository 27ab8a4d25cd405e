import type { TopicPartition } from '../kafka/group-member.ts';
import type { ReadPartition } from '../kafka/group-reader.ts';
import type { RawRecord } from '../kafka/record-decoding.ts';

/** One partition of a subscription: records that wait for the handler, and how far it is. */
export class SubscribedPartition implements ReadPartition {
  readonly topic: string;
  readonly partition: number;
  readonly name: string;
  fetchOffset: number;
  fetchAtMs = 0;
  highWatermark: number;
  committed: number;
  revoked = false;
  /** Not delivered before, ms since 1970-01-01 UTC. */
  deliverAtMs = 0;
  /** Deliveries in a row that got no further. */
  misses = 0;
  /** Attempts at the event whose turn it is. */
  attempts = 0;
  readonly #lost = new AbortController();
  #waiting: RawRecord[] = [];
  /** Index of the first record that is not settled. */
  #head = 0;
  #bytes = 0;
  /** Everything before it was fetched, or was told of as damaged. */
  #knownTo: number;

  constructor({ topic, partition }: TopicPartition, offset: number) {
    this.topic = topic;
    this.partition = partition;
    this.name = `${topic}-${partition}`;
    this.fetchOffset = offset;
    this.#knownTo = offset;
    this.highWatermark = offset;
    this.committed = offset;
  }

  get records(): number {
    return this.#waiting.length - this.#head;
  }

  /** Bytes of keys and values that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get occupied(): boolean {
    return this.records > 0;
  }

  get position(): number {
    return this.first?.offset ?? this.#knownTo;
  }

  get lagRecords(): number {
    return Math.max(0, this.highWatermark - this.position);
  }

  /** Aborted when the handler is to give up: the partition is another member's, or the time to end is over. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  abort(): void {
    this.#lost.abort();
  }

  append(records: readonly RawRecord[], next: number): void {
    for (const record of records) {
      this.#waiting.push(record);
      this.#bytes += sizeOf(record);
    }
    this.fetchOffset = next;
    this.#knownTo = next;
  }

  /** The damage before this offset was told of: once what stands before it is settled, it may be committed. */
  passDamage(to: number): void {
    this.#knownTo = Math.max(this.#knownTo, to);
  }

  /** The first record that is not settled. */
  get first(): RawRecord | undefined {
    return this.#waiting[this.#head];
  }

  /** The first record has a fate. */
  settleFirst(): void {
    const { first } = this;
    if (first === undefined) return;
    this.#bytes -= sizeOf(first);
    this.#head += 1;
    this.attempts = 0;
    if (this.#head < forgetEvery && this.#head < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }
}

/** Settled records that may stand before the waiting ones, so that each one costs no move of all. */
const forgetEvery = 1_000;

function sizeOf({ key, value }: RawRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0);
}
