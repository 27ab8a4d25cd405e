import type { EventPublisher, OutgoingEvent } from '../kafka/publisher.ts';
import type { BatchProcessor, Item, Outcome, PartitionBatch } from './batch/processor.ts';
import type { ConsumerPartition, KeyedStateStore, Skip } from './keyed-state-store.ts';

/** What one record does. */
export interface FoldStep {
  /** New state of the record's key; undefined leaves it as it is. */
  readonly state?: unknown;
  readonly events: readonly OutgoingEvent[];
  readonly skips: readonly Skip[];
  readonly outcome: Outcome;
}

/**
 * The rule of a stateful consumer. `step` must depend on nothing but its arguments: the same records are folded again
 * after a crash and must then make the same states and the same events with the same ids.
 */
export interface KeyedFold<T, Context> {
  /** Fetches once a batch what the steps need besides state. */
  prepare(items: readonly Item<T>[]): Promise<Context>;
  /** Key of the state that a record is folded into; all records of a key must lie in one partition. */
  keyOf(item: Item<T>): string;
  /** `state` is undefined for a key that has none yet; otherwise what an earlier step returned, as plain JSON. */
  step(item: Item<T>, state: unknown, context: Context): FoldStep;
}

export interface KeyedStateOptions<T, Context> {
  readonly consumer: string;
  readonly fold: KeyedFold<T, Context>;
  readonly store: KeyedStateStore;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  /**
   * States of a partition kept in memory between batches; beyond it they are read again.
   * @default 20000
   */
  readonly maxCachedStates?: number;
}

/** States of one partition as they are at its position. */
interface Snapshot {
  readonly position: number | null;
  /** undefined as a value: the key is known to have no state. */
  readonly states: Map<string, unknown>;
}

/**
 * Makes a processor whose effects happen once: records are folded in order into states, derived events are published
 * and acknowledged, then states, position and skips are stored in one transaction. A crash between the two publishes
 * the same events again with the same ids; records below the position are not folded again.
 */
export function makeKeyedProcessor<T, Context>(options: KeyedStateOptions<T, Context>): BatchProcessor<T> {
  const snapshots = new Map<string, Snapshot>();
  const maxStates = options.maxCachedStates ?? 20_000;
  return {
    async apply(batch) {
      const at: ConsumerPartition = { consumer: options.consumer, topic: batch.topic, partition: batch.partition };
      const name = `${batch.topic}-${batch.partition}`;
      const cached = snapshots.get(name);
      // Whatever fails below, the store is asked again next time.
      snapshots.delete(name);
      const snapshot = await usable(options.store, at, { cached, first: batch.items[0]?.offset });
      const folded = await foldBatch(options, batch, snapshot);
      if (folded.next !== null) {
        if (folded.events.length > 0) await options.publisher.publish(folded.events);
        const { states, skips } = folded;
        await options.store.commit(at, { from: snapshot.position, to: folded.next, states, skips });
      }
      for (const [key, state] of folded.states) snapshot.states.set(key, state);
      if (snapshot.states.size <= maxStates) {
        snapshots.set(name, { position: folded.next ?? snapshot.position, states: snapshot.states });
      }
      return folded.outcomes;
    },
  };
}

/** Cached states hold only for the batch that follows them without a break: then nobody else can have moved on. */
async function usable(
  store: KeyedStateStore,
  at: ConsumerPartition,
  { cached, first }: { readonly cached: Snapshot | undefined; readonly first: number | undefined },
): Promise<Snapshot> {
  if (cached !== undefined && cached.position === first) return cached;
  return { position: await store.position(at), states: new Map() };
}

interface Folded {
  /** Position after the batch; null when every record was applied before. */
  readonly next: number | null;
  readonly states: Map<string, unknown>;
  readonly events: readonly OutgoingEvent[];
  readonly skips: readonly Skip[];
  readonly outcomes: readonly Outcome[];
}

async function foldBatch<T, Context>(
  { consumer, fold, store }: KeyedStateOptions<T, Context>,
  { items }: PartitionBatch<T>,
  snapshot: Snapshot,
): Promise<Folded> {
  const done = snapshot.position ?? 0;
  const open = items.filter(({ offset }) => offset >= done);
  const outcomes: Outcome[] = Array.from({ length: items.length - open.length }, () => appliedBefore);
  const states = new Map<string, unknown>();
  const events: OutgoingEvent[] = [];
  const skips: Skip[] = [];
  const last = open.at(-1);
  if (last === undefined) return { next: null, states, events, skips, outcomes };
  const keys = open.map((item) => fold.keyOf(item));
  const [context] = await Promise.all([fold.prepare(open), loadMissing({ consumer, store }, keys, snapshot.states)]);
  for (const [index, item] of open.entries()) {
    const key = keys[index] ?? '';
    const state = states.has(key) ? states.get(key) : snapshot.states.get(key);
    const step = fold.step(item, state, context);
    if (step.state !== undefined) states.set(key, step.state);
    for (const event of step.events) events.push(event);
    for (const skip of step.skips) skips.push(skip);
    outcomes.push(step.outcome);
  }
  return { next: last.offset + 1, states, events, skips, outcomes };
}

const appliedBefore: Outcome = { fate: 'skipped', reason: 'duplicate' };

async function loadMissing(
  { consumer, store }: { readonly consumer: string; readonly store: KeyedStateStore },
  keys: readonly string[],
  known: Map<string, unknown>,
): Promise<void> {
  const missing = [...new Set(keys)].filter((key) => !known.has(key));
  if (missing.length === 0) return;
  const found = await store.states(consumer, missing);
  for (const key of missing) known.set(key, found.get(key));
}
