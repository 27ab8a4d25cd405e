import { inTransaction, type Pool } from '../../postgres/pool.ts';

/**
 * Empties a consumer's tables and forgets what it skipped, in one transaction that waits for those under way. What the
 * consumer is delivered from then on is applied to the empty tables.
 */
export async function resetTables(pool: Pool, consumer: string, tables: readonly string[]): Promise<void> {
  const names = tables.map((name) => `"${name.replaceAll('"', '""')}"`).join(', ');
  await inTransaction(pool, async (client) => {
    await client.query(`truncate ${names}`);
    await client.query('delete from skipped_record where consumer = $1', [consumer]);
  });
}
