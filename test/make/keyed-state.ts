import type { ConsumerPartition, KeyedStateStore, Skip } from '../../src/consumers/keyed-state-store.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import type { OutgoingEvent } from '../../src/kafka/publisher.ts';

/** The store in memory, with the same guard; states pass through JSON as they do in PostgreSQL. */
export class MemoryStateStore implements KeyedStateStore {
  readonly positions = new Map<string, number>();
  readonly texts = new Map<string, string>();
  readonly skips: (Skip & ConsumerPartition)[] = [];
  /** Queries made, to see what the cache saves. */
  reads = 0;
  /** Thrown by the next commit, before it does anything. */
  failNextCommit: Error | null = null;

  async position(at: ConsumerPartition): Promise<number | null> {
    this.reads += 1;
    return this.positions.get(nameOf(at)) ?? null;
  }

  async states(consumer: string, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    this.reads += 1;
    const found = new Map<string, unknown>();
    for (const key of keys) {
      const text = this.texts.get(`${consumer}\n${key}`);
      if (text !== undefined) found.set(key, JSON.parse(text));
    }
    return found;
  }

  async commit(at: ConsumerPartition, change: Parameters<KeyedStateStore['commit']>[1]): Promise<void> {
    const failure = this.failNextCommit;
    this.failNextCommit = null;
    if (failure !== null) throw failure;
    if ((this.positions.get(nameOf(at)) ?? null) !== change.from) {
      throw new AppError('EVENTBUS_POSTGRES_CONFLICT', nameOf(at));
    }
    this.positions.set(nameOf(at), change.to);
    for (const [key, state] of change.states) this.texts.set(`${at.consumer}\n${key}`, JSON.stringify(state));
    for (const skip of change.skips) this.skips.push({ ...at, ...skip });
  }
}

function nameOf({ consumer, topic, partition }: ConsumerPartition): string {
  return `${consumer} ${topic}-${partition}`;
}

/** Keeps what was published, as an append-only log would. */
export class MemoryPublisher {
  readonly published: OutgoingEvent[] = [];
  failNext: Error | null = null;

  async publish(events: readonly OutgoingEvent[]): Promise<void> {
    const failure = this.failNext;
    this.failNext = null;
    if (failure !== null) throw failure;
    this.published.push(...events);
  }

  ids(): string[] {
    return this.published.map(({ event }) => event.id);
  }
}
