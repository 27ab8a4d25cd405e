import { onConnection, type Pool } from '../postgres/pool.ts';
import type { SkipReason } from './batch/processor.ts';
import { GroupCommit } from './group-commit.ts';

/** One partition as one consumer sees it. */
export interface ConsumerPartition {
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
}

/** A record, or a part of it, that had no effect. */
export interface Skip {
  readonly offset: number;
  /** Index of the reading inside the record; -1 for the whole record. */
  readonly item: number;
  readonly eventId: string;
  readonly reason: SkipReason;
  readonly detail: string | null;
}

/** What a batch changed; stored all or nothing. */
export interface StateChange {
  /** Position that the batch was folded from; null when the consumer had none. */
  readonly from: number | null;
  /** Next offset not yet applied. */
  readonly to: number;
  readonly states: ReadonlyMap<string, unknown>;
  readonly skips: readonly Skip[];
}

/** Where a stateful consumer keeps states, positions and skips. */
export interface KeyedStateStore {
  /** Position of the partition; null before the first batch. */
  position(partition: ConsumerPartition): Promise<number | null>;
  /** States of the keys that have one. */
  states(consumer: string, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>>;
  /**
   * Stores the change and moves the position.
   * @throws AppError EVENTBUS_POSTGRES_CONFLICT when the position is no longer `from`: another instance moved it
   */
  commit(partition: ConsumerPartition, change: StateChange): Promise<void>;
}

/** A store in PostgreSQL. Commits of several partitions that come while one is under way share the next transaction. */
export function makePostgresStateStore(pool: Pool): KeyedStateStore {
  const commits = new GroupCommit(pool);
  return {
    position: ({ consumer, topic, partition }) =>
      onConnection(pool, async (client) => {
        const found = await client.query<{ position: number }>({
          name: 'consumer-position',
          text: 'select position from consumer_position where consumer = $1 and topic = $2 and partition = $3',
          values: [consumer, topic, partition],
        });
        return found.rows[0]?.position ?? null;
      }),
    states: (consumer, keys) =>
      onConnection(pool, async (client) => {
        const found = await client.query<{ key: string; state: unknown }>({
          name: 'consumer-states',
          text: 'select key, state from consumer_state where consumer = $1 and key = any($2::text[])',
          values: [consumer, keys],
        });
        return new Map(found.rows.map(({ key, state }) => [key, state]));
      }),
    commit: (partition, change) => commits.commit(partition, change),
  };
}
