import { onConnection, type Pool } from './pool.ts';

const sql = `
  insert into consumer_position as p (consumer, topic, partition, position) values ($1, $2, $3, $4)
  on conflict (consumer, topic, partition) do update
    set position = excluded.position, updated_at = now() where p.position < excluded.position`;

/**
 * Notes the next offset that a consumer has not applied yet, after the effects are durable; an older one, as a replay has,
 * changes nothing.
 */
export async function notePosition(
  pool: Pool,
  at: { readonly consumer: string; readonly topic: string; readonly partition: number },
  position: number,
): Promise<void> {
  await onConnection(pool, (client) => client.query(sql, [at.consumer, at.topic, at.partition, position]));
}
