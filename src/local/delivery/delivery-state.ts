import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors/app-error.ts';
import type { PartitionPosition } from './log-source.ts';

/** A finished file that waits to appear at its place; paths are relative to the lake folder. */
export interface StagedFile {
  readonly staged: string;
  readonly final: string;
}

/**
 * The delivery's memory. `commit` is the moment a flush counts: it records the finished files and the new positions
 * in one durable transaction. What comes after (giving the files their final names) is repeated at the next start
 * until `published` says it is done, so a crash at any moment leaves each record in exactly one file.
 */
export interface DeliveryState {
  positions(): readonly PartitionPosition[];
  /** Id of the topic whose records the lake has; remembers the given one when there is none. */
  topicId(topic: string, found: string): string;
  /** Files committed by a flush that was cut off before they had their final names. */
  unpublished(): readonly StagedFile[];
  commit(files: readonly StagedFile[], positions: readonly PartitionPosition[]): void;
  published(files: readonly StagedFile[]): void;
  close(): void;
}

const layout = `
  CREATE TABLE IF NOT EXISTS position (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS topic (topic TEXT PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS staged_file (staged TEXT PRIMARY KEY, final TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * Opens or makes the state file. Throws `EVENTBUS_LAKE_IN_USE` while another program has it open,
 * `EVENTBUS_LAKE_STATE_CORRUPT` when it is no state file.
 */
export function openDeliveryState(file: string): DeliveryState {
  const database = opened(file);
  const putPosition = database.prepare(
    'INSERT INTO position VALUES (?, ?, ?) ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset',
  );
  const putFile = database.prepare('INSERT OR REPLACE INTO staged_file VALUES (?, ?)');
  const dropFile = database.prepare('DELETE FROM staged_file WHERE staged = ?');
  const transaction = (body: () => void) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      body();
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  return {
    positions: () =>
      database
        .prepare('SELECT topic, partition, next_offset AS "offset" FROM position ORDER BY topic, partition')
        .all()
        .map(({ topic, partition, offset }) => ({
          topic: String(topic),
          partition: Number(partition),
          offset: Number(offset),
        })),
    topicId(topic, found) {
      database.prepare('INSERT INTO topic VALUES (?, ?) ON CONFLICT (topic) DO NOTHING').run(topic, found);
      const row = database.prepare('SELECT id FROM topic WHERE topic = ?').get(topic);
      return String(row?.['id']);
    },
    unpublished: () =>
      database
        .prepare('SELECT staged, final FROM staged_file ORDER BY staged')
        .all()
        .map(({ staged, final }) => ({ staged: String(staged), final: String(final) })),
    commit: (files, positions) =>
      transaction(() => {
        for (const { staged, final } of files) putFile.run(staged, final);
        for (const { topic, partition, offset } of positions) putPosition.run(topic, partition, offset);
      }),
    published: (files) =>
      transaction(() => {
        for (const { staged } of files) dropFile.run(staged);
      }),
    close: () => database.close(),
  };
}

function opened(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    // Exclusive: a second delivery into the same lake would write every record twice.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;');
    database.exec(`BEGIN EXCLUSIVE; ${layout} COMMIT;`);
    return database;
  } catch (cause) {
    database?.close();
    const message = cause instanceof Error ? cause.message : String(cause);
    const code = /locked|busy/i.test(message) ? 'EVENTBUS_LAKE_IN_USE' : 'EVENTBUS_LAKE_STATE_CORRUPT';
    throw new AppError(code, `${file}: ${message}`, { cause });
  }
}
