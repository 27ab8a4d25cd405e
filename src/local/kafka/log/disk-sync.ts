import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Forces what SQLite has committed to the disk, without holding up the event loop while the disk works. */
export interface DiskSync {
  /** Settles when everything committed before the call is on disk. */
  sync(): Promise<void>;
  /** The same, at once. */
  syncNow(): void;
  close(): void;
}

/**
 * In WAL mode a commit is a write to the end of the log file; syncing that file makes it durable, whoever wrote it.
 * (With `synchronous = FULL` SQLite does the same inside COMMIT, where the whole thread waits for the disk.) A
 * checkpoint that comes between syncs the log file itself before it moves anything.
 */
export function makeDiskSync(databasePath: string): DiskSync {
  const file = openSync(`${databasePath}-wal`, 'r+');
  syncDirectory(dirname(databasePath));
  return {
    sync: () =>
      new Promise((resolve, reject) => {
        fdatasync(file, (error) => (error === null ? resolve() : reject(error)));
      }),
    syncNow: () => fdatasyncSync(file),
    close: () => closeSync(file),
  };
}

/** The files' names must be on disk too. Windows keeps no handle on directories and needs none for this. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
