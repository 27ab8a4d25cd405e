import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../core/errors/app-error.ts';

const layout = 1;

const tables = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE topic (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, uuid TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL, config TEXT NOT NULL
  );
  -- "log" names a partition's log for ever: numbers of deleted partitions are not given out again.
  CREATE TABLE partition (
    log INTEGER PRIMARY KEY AUTOINCREMENT, topic INTEGER NOT NULL, number INTEGER NOT NULL,
    start_offset INTEGER NOT NULL DEFAULT 0, next_offset INTEGER NOT NULL DEFAULT 0,
    compacted_to INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, number)
  );
  CREATE TABLE dropped_log (log INTEGER PRIMARY KEY);
  -- Rows are appended in order of arrival; the index finds them by place and answers questions about them.
  CREATE TABLE batch (
    id INTEGER PRIMARY KEY, log INTEGER NOT NULL, base_offset INTEGER NOT NULL, last_offset INTEGER NOT NULL,
    max_timestamp INTEGER NOT NULL, appended_ms INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  CREATE UNIQUE INDEX batch_place ON batch (log, last_offset, max_timestamp, size);
  CREATE TABLE producer (
    log INTEGER NOT NULL, producer_id INTEGER NOT NULL, epoch INTEGER NOT NULL, recent TEXT NOT NULL,
    updated_ms INTEGER NOT NULL, PRIMARY KEY (log, producer_id)
  ) WITHOUT ROWID;
  CREATE TABLE group_offset (
    grp TEXT NOT NULL, topic INTEGER NOT NULL, partition INTEGER NOT NULL, position INTEGER NOT NULL,
    leader_epoch INTEGER NOT NULL, metadata TEXT NOT NULL, committed_ms INTEGER NOT NULL,
    PRIMARY KEY (grp, topic, partition)
  ) WITHOUT ROWID;
`;

/** SQLite's result codes that mean the file itself is damaged. */
const damaged = new Set([11, 26]);

/** SQLite's result code of a failed call, without its extension. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export interface OpenDatabase {
  readonly db: DatabaseSync;
  readonly clusterId: string;
}

/** Opens the broker's data file below `dataDir`, or makes it. This process alone owns it until it is closed. */
export function openDatabase(dataDir: string): OpenDatabase {
  makeDirectory(dataDir);
  const path = join(dataDir, 'log.sqlite');
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    // Exclusive locking: a second broker on the same directory is refused, and the lock dies with the process.
    // FULL: a commit returns after fsync.
    // Small pages waste least on small batches; a checkpoint every 8 MiB keeps its pause short.
    db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA page_size = 4096;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 2048;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -32768;
    `);
    return { db, clusterId: prepareTables(db, path) };
  } catch (error) {
    db?.close();
    throw openError(error, path);
  }
}

function makeDirectory(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new AppError('EVENTBUS_BROKER_DATA_DIR_UNUSABLE', `"${dataDir}" (${messageOf(cause)})`, { cause });
  }
}

function prepareTables(db: DatabaseSync, path: string): string {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found > layout) {
    throw new AppError('EVENTBUS_BROKER_DATA_TOO_NEW', `"${path}" has layout ${found}, this program knows ${layout}`);
  }
  db.exec('BEGIN IMMEDIATE');
  // A write each time, so that a damaged or foreign file shows itself here.
  if (found > 0) db.exec(`PRAGMA user_version = ${layout}`);
  if (found === 0) {
    db.exec(tables);
    db.prepare('INSERT INTO meta VALUES (?, ?), (?, ?)').run('cluster_id', newClusterId(), 'next_producer_id', '1');
    db.exec(`PRAGMA user_version = ${layout}`);
  }
  db.exec('COMMIT');
  const row = db.prepare("SELECT value FROM meta WHERE name = 'cluster_id'").get();
  return String(row?.['value']);
}

const newClusterId = (): string => randomBytes(16).toString('base64url');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function openError(error: unknown, path: string): Error {
  if (error instanceof AppError) return error;
  const code = sqliteCode(error);
  const what = `"${path}" (${messageOf(error)})`;
  if (code === 5) return new AppError('EVENTBUS_BROKER_DATA_IN_USE', what, { cause: error });
  // Code 1 here means that tables are missing or have another form, which is another program's file.
  if (code !== undefined && (damaged.has(code) || code === 1)) {
    return new AppError('EVENTBUS_BROKER_DATA_CORRUPT', what, { cause: error });
  }
  return new AppError('EVENTBUS_BROKER_DATA_DIR_UNUSABLE', what, { cause: error });
}
