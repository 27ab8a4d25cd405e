import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors/app-error.ts';

/** Paths below the folder that the embedded PostgreSQL was given. */
export function paths(dataDir: string) {
  return {
    lock: join(dataDir, 'lock.db'),
    data: join(dataDir, 'data'),
    /** Where a new database is made; renamed when complete, so that a killed first start leaves no half of one. */
    scratch: join(dataDir, 'data.new'),
  } as const;
}

/** Releases the folder, also when called again; a killed process releases it as well. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process. The operating system holds the lock (an exclusive lock on a SQLite file), so
 * nothing stale can be left behind by `kill -9`.
 * @throws AppError EVENTBUS_POSTGRES_DATA_DIR_IN_USE
 */
export function lockFolder(dataDir: string): FolderLock {
  mkdirSync(dataDir, { recursive: true });
  const database = new DatabaseSync(paths(dataDir).lock);
  try {
    database.exec('pragma journal_mode = memory; pragma busy_timeout = 300; begin exclusive');
  } catch (cause) {
    database.close();
    throw new AppError('EVENTBUS_POSTGRES_DATA_DIR_IN_USE', dataDir, { cause });
  }
  return {
    release: () => {
      if (database.isOpen) database.close();
    },
  };
}

/**
 * Tells whether the folder holds a database, and clears what an interrupted first start left.
 * @throws AppError EVENTBUS_POSTGRES_DATA_DIR_CORRUPT when `data` is there but is no database
 */
export function hasDatabase(dataDir: string): boolean {
  const { data, scratch } = paths(dataDir);
  rmSync(scratch, { recursive: true, force: true });
  if (!existsSync(data)) return false;
  if (existsSync(join(data, 'PG_VERSION')) && existsSync(join(data, 'global', 'pg_control'))) return true;
  if (readdirSync(data).length === 0) {
    rmSync(data, { recursive: true });
    return false;
  }
  throw corrupt(dataDir, 'PG_VERSION or global/pg_control is missing');
}

/** Makes the finished scratch folder the database. */
export function keepScratch(dataDir: string): void {
  const { data, scratch } = paths(dataDir);
  renameSync(scratch, data);
}

export function corrupt(dataDir: string, reason: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_POSTGRES_DATA_DIR_CORRUPT', `${paths(dataDir).data}: ${reason}`, { cause });
}
