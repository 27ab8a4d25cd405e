import type { PoolClient } from '../../postgres/pool.ts';
import { positionConflict } from '../group-commit.ts';
import type { ConsumerPartition } from '../keyed-state-store.ts';

/** Next offset that was not applied yet, locked until the end of the transaction; null before the first batch. */
export async function lockPosition(client: PoolClient, at: ConsumerPartition): Promise<number | null> {
  const { rows } = await client.query<{ position: number }>({
    name: 'lock-position',
    text: `select position from consumer_position where consumer = $1 and topic = $2 and partition = $3 for update`,
    values: [at.consumer, at.topic, at.partition],
  });
  return rows[0]?.position ?? null;
}

const moveSql = `
  insert into consumer_position as p (consumer, topic, partition, position) values ($1, $2, $3, $5)
  on conflict (consumer, topic, partition) do update set position = excluded.position, updated_at = now()
    where p.position = $4`;

export interface Advance {
  readonly from: number | null;
  readonly to: number;
}

/**
 * Moves the position on.
 * @throws AppError EVENTBUS_POSTGRES_CONFLICT when another instance moved it first
 */
export async function movePosition(client: PoolClient, at: ConsumerPartition, { from, to }: Advance): Promise<void> {
  const { rowCount } = await client.query({
    name: 'move-position',
    text: moveSql,
    values: [at.consumer, at.topic, at.partition, from, to],
  });
  if (rowCount !== 1) throw positionConflict(at, from);
}
