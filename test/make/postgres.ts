import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { paths } from '../../src/local/postgres/data-folder.ts';
import { startEmbeddedPostgres } from '../../src/local/postgres/embedded-postgres.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { makePool, type Pool } from '../../src/postgres/pool.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const cache = join(import.meta.dirname, '../../node_modules/.cache/event-bus');

/** An empty database, made once a checkout: copying it is ten times quicker than making one. */
async function template(): Promise<string> {
  const version = process.versions['node'];
  const kept = join(cache, `postgres-template-${version}`);
  if (existsSync(kept)) return kept;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'making-'));
  await (await startEmbeddedPostgres({ dataDir: scratch, port: 0 })).close();
  try {
    renameSync(scratch, kept);
  } catch {
    // Another test was first.
    rmSync(scratch, { recursive: true, force: true });
  }
  return kept;
}

/** Fills a folder with an empty database. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  cpSync(paths(await template()).data, paths(dataDir).data, { recursive: true });
}

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  close(): Promise<void>;
}

/** An embedded PostgreSQL of its own with all migrations applied. */
export async function embeddedDatabase(): Promise<TestDatabase> {
  const database = await emptyDatabase();
  await migrate(database.pool);
  return database;
}

/** An embedded PostgreSQL of its own without a table. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const folder = temporaryDirectory();
  await prepareDataDir(folder.path);
  const postgres = await startEmbeddedPostgres({ dataDir: folder.path, port: 0 });
  const pool = makePool(postgres.url, { max: 4 });
  return {
    url: postgres.url,
    pool,
    close: async () => {
      await pool.end();
      await postgres.close();
      folder.remove();
    },
  };
}

let schemas = 0;

/** A schema of its own in the PostgreSQL of the integration run, with all migrations applied. */
export async function outsideDatabase(): Promise<TestDatabase> {
  const url = process.env['EVENT_BUS_TEST_POSTGRES_URL'];
  if (url === undefined) throw new Error('EVENT_BUS_TEST_POSTGRES_URL is not set: run npm run test:integration');
  schemas += 1;
  const schema = `test_${process.pid}_${Date.now()}_${schemas}`;
  const admin = makePool(url, { max: 1 });
  await admin.query(`create schema ${schema}`);
  const own = new URL(url);
  own.searchParams.set('options', `-c search_path=${schema}`);
  const pool = makePool(own.href, { max: 4 });
  await migrate(pool);
  return {
    url: own.href,
    pool,
    close: async () => {
      await pool.end();
      await admin.query(`drop schema ${schema} cascade`);
      await admin.end();
    },
  };
}

/** Empties every table that consumers fill. */
export async function emptyTables(pool: Pool): Promise<void> {
  await pool.query(
    'truncate vehicle_reading, measurement, reading_window, window_applied, skipped_record, device, consumer_position, consumer_state',
  );
}
