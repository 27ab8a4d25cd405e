import { AppError } from '../core/errors/app-error.ts';
import { onConnection, type Pool, type PoolClient } from '../postgres/pool.ts';
import { storableJson, storableText } from '../postgres/storable-text.ts';
import type { SkipReason } from './batch/processor.ts';

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

/** One statement is one transaction and one round trip; the row of the position is the lock and the guard. */
const commitSql = `
  with moved as (
    insert into consumer_position as p (consumer, topic, partition, position)
    values ($1, $2, $3, $5)
    on conflict (consumer, topic, partition) do update
      set position = excluded.position, updated_at = now()
      where p.position = $4
    returning 1
  ), kept as (
    insert into consumer_state (consumer, key, state)
    select $1, s.key, s.state::jsonb from unnest($6::text[], $7::text[]) as s(key, state), moved
    on conflict (consumer, key) do update set state = excluded.state
  ), noted as (
    insert into skipped_record (consumer, topic, partition, "offset", item, event_id, reason, detail)
    select $1, $2, $3, s."offset", s.item, s.event_id, s.reason, s.detail
    from unnest($8::bigint[], $9::integer[], $10::text[], $11::text[], $12::text[])
      as s("offset", item, event_id, reason, detail), moved
    on conflict do nothing
  )
  select count(*)::integer as moved from moved`;

export function makePostgresStateStore(pool: Pool): KeyedStateStore {
  return {
    position: ({ consumer, topic, partition }) =>
      onConnection(pool, async (client) => {
        const found = await client.query<{ position: number }>(
          'select position from consumer_position where consumer = $1 and topic = $2 and partition = $3',
          [consumer, topic, partition],
        );
        return found.rows[0]?.position ?? null;
      }),
    states: (consumer, keys) =>
      onConnection(pool, async (client) => {
        const found = await client.query<{ key: string; state: unknown }>(
          'select key, state from consumer_state where consumer = $1 and key = any($2::text[])',
          [consumer, keys],
        );
        return new Map(found.rows.map(({ key, state }) => [key, state]));
      }),
    commit: (partition, change) => onConnection(pool, (client) => commit(client, partition, change)),
  };
}

async function commit(client: PoolClient, at: ConsumerPartition, change: StateChange): Promise<void> {
  const { skips } = change;
  const result = await client.query<{ moved: number }>(commitSql, [
    at.consumer,
    at.topic,
    at.partition,
    change.from,
    change.to,
    [...change.states.keys()],
    // The events of the batch are published: what a device wrote must not make the commit fail now.
    Array.from(change.states.values(), storableJson),
    skips.map(({ offset }) => offset),
    skips.map(({ item }) => item),
    skips.map(({ eventId }) => storableText(eventId)),
    skips.map(({ reason }) => reason),
    skips.map(({ detail }) => (detail === null ? null : storableText(detail))),
  ]);
  if (result.rows[0]?.moved === 1) return;
  const where = `${at.consumer} on ${at.topic}-${at.partition}`;
  throw new AppError('EVENTBUS_POSTGRES_CONFLICT', `${where} is no longer at position ${change.from ?? 'none'}`);
}
