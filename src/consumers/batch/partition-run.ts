import { AppError } from '../../core/errors/app-error.ts';
import type { Backoff } from '../../core/retry-delay.ts';
import { retryDelay } from '../../core/retry-delay.ts';
import type { Attempts, FailedRecord } from './dead-letter.ts';
import type { DecodedPartition } from './decode.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Sent } from './letters.ts';
import type { MskRecord } from './msk-event.ts';
import type { BatchProcessor, Item, Outcome } from './processor.ts';

/** What a run may use of its surroundings. */
export interface RunSurroundings {
  readonly backoff: Backoff;
  /** Attempts a batch gets inside one invocation, the first included. */
  readonly maxAttempts: number;
  /** ms since 1970-01-01 UTC. */
  readonly clock: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Time left for work, ms, margin already taken off. */
  readonly remainingMs: () => number;
  readonly signal: AbortSignal;
  readonly onRetry: (failure: Failure, attempt: number, waitMs: number) => void;
  /** Hands letters over durably; never throws. */
  readonly sendLetters: (letters: readonly FailedRecord[]) => Promise<Sent>;
}

/** What became of one partition's records. */
export interface RunResult {
  readonly applied: number;
  readonly skipped: Readonly<Record<string, number>>;
  /** Letters that the queue has. */
  readonly letters: readonly FailedRecord[];
  /** First record without a fate, and why; `null` when every record has one. */
  readonly stop: { readonly offset: number; readonly failure: Failure } | null;
}

export interface Partition<T> {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly MskRecord[];
  readonly decoded: DecodedPartition<T>;
}

/**
 * Applies one partition's records in order and finds each one's fate. A failing batch is retried (transient), halved
 * until the record at fault stands alone (poison, or transient with its attempts used up), or left where it is
 * (dependency). Never throws.
 */
export class PartitionRun<T> {
  readonly #partition: Partition<T>;
  readonly #processor: BatchProcessor<T>;
  readonly #around: RunSurroundings;
  readonly #sent: FailedRecord[] = [];
  #unsent: FailedRecord[] = [];
  readonly #skipped: Record<string, number> = {};
  #applied = 0;
  #stop: RunResult['stop'] = null;

  constructor(partition: Partition<T>, processor: BatchProcessor<T>, around: RunSurroundings) {
    this.#partition = partition;
    this.#processor = processor;
    this.#around = around;
  }

  async run(): Promise<RunResult> {
    const { items, unreadable, repeated } = this.#partition.decoded;
    if (repeated > 0) this.#skipped['duplicate'] = repeated;
    const now = this.#around.clock();
    for (const { record, eventId, failure } of unreadable) {
      const attempts = { count: 1, firstFailedAtMs: now, lastFailedAtMs: now };
      this.#unsent.push({ record, eventId, failure, attempts });
    }
    if (items.length > 0) await this.#settle(items, { budget: this.#around.maxAttempts, before: null });
    // Letters beyond the stop are left for the redelivery, which finds the same records again.
    await this.#sendBefore(this.#stop?.offset ?? Number.POSITIVE_INFINITY);
    return { applied: this.#applied, skipped: this.#skipped, letters: this.#sent, stop: this.#stop };
  }

  /** Finds a fate for consecutive records; false when the partition stopped on the way. */
  async #settle(items: readonly Item<T>[], { budget, before }: Tries): Promise<boolean> {
    let attempts = before;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#apply(items);
      if (failure === null) return true;
      attempts = addAttempt(attempts, this.#around.clock());
      if (failure.kind === 'dependency') return this.#stopAt(items, failure);
      if (failure.kind === 'poison' || attempt >= budget) return this.#isolate(items, failure, attempts);
      const waitMs = retryDelay(this.#around.backoff, attempt, this.#around.random());
      if (waitMs >= this.#around.remainingMs()) return this.#stopAt(items, failure);
      this.#around.onRetry(failure, attempt, waitMs);
      await this.#around.sleep(waitMs);
    }
  }

  /** `null` when every item has an outcome. */
  async #apply(items: readonly Item<T>[]): Promise<Failure | null> {
    const { topic, partition } = this.#partition;
    try {
      const outcomes = await this.#processor.apply({ topic, partition, items }, this.#around.signal);
      if (outcomes.length !== items.length) {
        const what = `${outcomes.length} outcomes for ${items.length} items of ${topic}-${partition}`;
        throw new AppError('EVENTBUS_CONSUMER_OUTCOMES', what);
      }
      this.#count(outcomes);
      return null;
    } catch (error) {
      return failureOf(error);
    }
  }

  #count(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.fate === 'applied') this.#applied += 1;
      else this.#skipped[outcome.reason] = (this.#skipped[outcome.reason] ?? 0) + 1;
    }
  }

  /** Parts the batch around the record at fault; a single record is the record at fault. */
  async #isolate(items: readonly Item<T>[], failure: Failure, attempts: Attempts): Promise<boolean> {
    const [only] = items;
    if (only === undefined) return true;
    if (items.length === 1) return this.#deadLetter(only, failure, attempts);
    if (this.#around.remainingMs() <= 0) return this.#stopAt(items, failure);
    const parts = partsOf(items, failure);
    for (const part of parts) {
      const budget = part.length === 1 ? this.#around.maxAttempts : 1;
      if (!(await this.#settle(part, { budget, before: attempts }))) return false;
    }
    return true;
  }

  /**
   * The letter is with the queue before a later record is applied: a consumer that keeps its position has then passed
   * this record, and would take a redelivery of it for applied.
   */
  async #deadLetter(item: Item<T>, failure: Failure, attempts: Attempts): Promise<boolean> {
    const record = this.#partition.records.find(({ offset }) => offset === item.offset);
    if (record !== undefined) this.#unsent.push({ record, eventId: item.event.id, failure, attempts });
    return this.#sendBefore(item.offset + 1);
  }

  /** Sends the letters of records below `end`, in order; false when the queue did not take them. */
  async #sendBefore(end: number): Promise<boolean> {
    const due = this.#unsent.filter(({ record }) => record.offset < end);
    if (due.length === 0) return true;
    due.sort((left, right) => left.record.offset - right.record.offset);
    const { letters, stop } = await this.#around.sendLetters(due);
    this.#sent.push(...letters);
    this.#unsent = this.#unsent.filter(({ record }) => record.offset >= end);
    if (stop === null) return true;
    this.#stop = stop;
    return false;
  }

  #stopAt(items: readonly Item<T>[], failure: Failure): boolean {
    const [first] = items;
    if (first !== undefined) this.#stop = { offset: first.offset, failure };
    return false;
  }
}

interface Tries {
  /** Attempts from here on. */
  readonly budget: number;
  /** Attempts that these records failed in already, as part of a larger batch. */
  readonly before: Attempts | null;
}

function addAttempt(attempts: Attempts | null, nowMs: number): Attempts {
  if (attempts === null) return { count: 1, firstFailedAtMs: nowMs, lastFailedAtMs: nowMs };
  return { ...attempts, count: attempts.count + 1, lastFailedAtMs: nowMs };
}

/** Three parts around the record that the processor named, else two halves. */
function partsOf<T>(items: readonly Item<T>[], failure: Failure): readonly (readonly Item<T>[])[] {
  const at = failure.offset === null ? -1 : items.findIndex(({ offset }) => offset === failure.offset);
  if (at < 0) {
    const middle = items.length >> 1;
    return [items.slice(0, middle), items.slice(middle)];
  }
  return [items.slice(0, at), items.slice(at, at + 1), items.slice(at + 1)].filter((part) => part.length > 0);
}
