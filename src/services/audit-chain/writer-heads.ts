import type { ChainedTopic } from '../../codec/chained-entry.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import type { WriterHeads } from './verify-chains.ts';

/**
 * What the writers remember of a topic's chains. A chain with entries that are still on their way to the log is left
 * out: its end cannot be judged now. Read before the end of the log is.
 */
export async function writerHeads(pool: Pool, topic: ChainedTopic): Promise<WriterHeads> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<{ chain_id: string; sequence: number; hash: string }>(
      `select chain_id, sequence, hash from entry_chain c where topic = $1
         and not exists (select from event_outbox o where o.topic = c.topic and o.key = c.chain_id)`,
      [topic],
    ),
  );
  return new Map(rows.map(({ chain_id, sequence, hash }) => [chain_id, { sequence, hash }]));
}
