import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { paths } from '../../src/local/postgres/data-folder.ts';
import { startEmbeddedPostgres } from '../../src/local/postgres/embedded-postgres.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { makePool, type Pool } from '../../src/postgres/pool.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const cache = join(import.meta.dirname, '../../node_modules/.cache/event-bus');

/** A database made once a checkout: copying it is ten times quicker than making one. */
async function template(name: string, fill: (pool: Pool) => Promise<void>): Promise<string> {
  const kept = join(cache, name);
  if (existsSync(kept)) return kept;
  mkdirSync(cache, { recursive: true });
  const release = await takeLock(`${kept}.lock`);
  try {
    if (!existsSync(kept)) await makeTemplate(kept, fill);
  } finally {
    release();
  }
  return kept;
}

async function makeTemplate(kept: string, fill: (pool: Pool) => Promise<void>): Promise<void> {
  const scratch = mkdtempSync(join(cache, 'making-'));
  const postgres = await startEmbeddedPostgres({ dataDir: scratch, port: 0 });
  const pool = makePool(postgres.url, { max: 1 });
  await fill(pool);
  await pool.end();
  await postgres.close();
  try {
    renameSync(scratch, kept);
  } catch {
    // Another test was first.
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Waits until no other process makes the same: side by side each would take the others' time, longer than hooks may. */
async function takeLock(file: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch {
      if (!isHeld(file)) rmSync(file, { force: true });
      await sleep(100);
    }
  }
}

/** Whether the process that took the lock still runs. */
function isHeld(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // An empty file is about to be filled.
    return pid === 0 || process.kill(pid, 0);
  } catch {
    return false;
  }
}

const node = process.versions['node'];
const emptyTemplate = () => template(`postgres-empty-${node}`, async () => {});
const migratedTemplate = () =>
  template(`postgres-${migrationsDigest()}-${node}`, (pool) => migrate(pool).then(() => {}));

function migrationsDigest(): string {
  const folder = join(import.meta.dirname, '../../src/postgres/migrations');
  const files = readdirSync(folder).sort();
  const digest = createHash('sha256');
  for (const file of files) digest.update(file).update(readFileSync(join(folder, file)));
  return digest.digest('hex').slice(0, 12);
}

function copyTemplate(from: string, dataDir: string): void {
  cpSync(paths(from).data, paths(dataDir).data, { recursive: true });
}

/** Fills a folder with a database without a table. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  copyTemplate(await emptyTemplate(), dataDir);
}

/** Fills a folder with a database that has all migrations behind it. */
export async function prepareMigratedDataDir(dataDir: string): Promise<void> {
  copyTemplate(await migratedTemplate(), dataDir);
}

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  close(): Promise<void>;
}

/** An embedded PostgreSQL of its own with all migrations applied. */
export async function embeddedDatabase(): Promise<TestDatabase> {
  return startedOn(await migratedTemplate());
}

/** An embedded PostgreSQL of its own without a table. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return startedOn(await emptyTemplate());
}

async function startedOn(from: string): Promise<TestDatabase> {
  const folder = temporaryDirectory();
  copyTemplate(from, folder.path);
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
