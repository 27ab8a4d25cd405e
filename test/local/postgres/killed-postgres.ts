// A process that writes to an embedded PostgreSQL until it is killed; prints each acknowledged commit.
import { startEmbeddedPostgres } from '../../../src/local/postgres/embedded-postgres.ts';
import { inTransaction, makePool } from '../../../src/postgres/pool.ts';

const workers = [0, 1, 2, 3];
const rowsPerCommit = 25;

const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] as string, port: 0 });
const pool = makePool(postgres.url, { max: workers.length });
await pool.query('create table if not exists kept (worker int, n int, pad text, primary key (worker, n))');

async function write(worker: number): Promise<never> {
  const found = await pool.query<{ n: number }>('select coalesce(max(n), 0) as n from kept where worker = $1', [
    worker,
  ]);
  for (let n = found.rows[0]?.n ?? 0; ; n += rowsPerCommit) {
    await inTransaction(pool, async (client) => {
      await client.query(`insert into kept select $1, $2 + g, repeat('x', 200) from generate_series(1, $3::int) g`, [
        worker,
        n,
        rowsPerCommit,
      ]);
    });
    process.stdout.write(`${worker} ${n + rowsPerCommit}\n`);
  }
}

await Promise.all(workers.map(write));
