import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { AppError } from '../core/errors/app-error.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';

/** One numbered SQL file. */
export interface Migration {
  /** File name without `.sql`, for example `001_consumers`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file with line ends as LF, hex. */
  readonly checksum: string;
}

/** The folder beside this module; a bundle carries it as the folder `migrations` beside the bundled file. */
export const migrationsFolder = new URL('./migrations/', import.meta.url);

/** Any number that no other program of the same database takes for its own lock. */
const lockKey = 4_207_319_002;

/**
 * Reads the migrations of a folder in the order of their numbers. Numbers may be left out: work side by side takes them
 * in advance.
 * @throws AppError EVENTBUS_POSTGRES_MIGRATION_NAME when a number is doubled or a name has another form
 */
export async function readMigrations(folder: URL = migrationsFolder): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted();
  return Promise.all(
    names.map(async (file, index) => {
      const before = Number(names[index - 1]?.slice(0, 3) ?? 0);
      if (!/^\d{3}_[a-z0-9_]+\.sql$/.test(file) || Number(file.slice(0, 3)) <= before) {
        const wanted = String(before + 1).padStart(3, '0');
        throw new AppError('EVENTBUS_POSTGRES_MIGRATION_NAME', `"${file}" stands where ${wanted}_….sql belongs`);
      }
      const sql = (await readFile(new URL(file, folder), 'utf8')).replaceAll('\r\n', '\n');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name: file.slice(0, -'.sql'.length), sql, checksum };
    }),
  );
}

async function applyOne(client: PoolClient, migration: Migration): Promise<boolean> {
  // Taken inside the transaction: a crash cannot leave it behind, and a second migrator sees the finished state.
  await client.query('select pg_advisory_xact_lock($1)', [lockKey]);
  await client.query(
    'create table if not exists schema_migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
  );
  const found = await client.query<{ checksum: string }>('select checksum from schema_migration where name = $1', [
    migration.name,
  ]);
  const applied = found.rows[0];
  if (applied !== undefined) {
    if (applied.checksum === migration.checksum) return false;
    throw new AppError(
      'EVENTBUS_POSTGRES_MIGRATION_CHANGED',
      `${migration.name}.sql has checksum ${migration.checksum.slice(0, 12)}, applied was ${applied.checksum.slice(0, 12)}`,
    );
  }
  try {
    await client.query(migration.sql);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('EVENTBUS_POSTGRES_MIGRATION_FAILED', `${migration.name}.sql: ${reason}`, { cause: error });
  }
  await client.query('insert into schema_migration (name, checksum) values ($1, $2)', [
    migration.name,
    migration.checksum,
  ]);
  return true;
}

/**
 * Applies each migration once, in order, each in its own transaction; safe to call from several processes at once.
 * @returns the names that were applied by this call
 * @throws AppError EVENTBUS_POSTGRES_MIGRATION_CHANGED, _NAME, _FAILED or a connection error
 */
export async function migrate(pool: Pool, migrations?: readonly Migration[]): Promise<readonly string[]> {
  const applied: string[] = [];
  for (const migration of migrations ?? (await readMigrations())) {
    if (await inTransaction(pool, (client) => applyOne(client, migration))) applied.push(migration.name);
  }
  return applied;
}
