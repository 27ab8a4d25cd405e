import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../core/errors/app-error.ts';
import type { EventRouter } from './event-router.ts';
import { entryOf, type RouterEntry } from './router-entry.ts';

export interface FolderEventRouterOptions {
  /** Folder of the list; made with the first event. */
  readonly directory: string;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
}

/** An event as EventBridge hands it to a target. */
export interface DeliveredEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

/** An event of the list, and its place in it. */
export interface ListedEvent {
  readonly position: number;
  readonly event: DeliveredEvent;
}

/** Events are kept as long as the letters that most of them are about lie in a queue. */
const keptMs = 14 * 86_400_000;

const schema = `
  create table if not exists event (position integer primary key autoincrement, at integer not null, event text not null) strict;
  create index if not exists event_at on event (at);
`;

const fileIn = (directory: string) => join(directory, 'events.sqlite');

/**
 * Events as a durable list on one machine, in the form that targets receive, for two weeks. Each call is on disk when it
 * resolves, all its events or none. Several programs may use the folder.
 */
export function makeFolderEventRouter({ directory, clock = Date.now }: FolderEventRouterOptions): EventRouter {
  let database: DatabaseSync | undefined;
  return {
    async publish(events, { signal } = {}) {
      const entries = events.map((event) => entryOf(event).entry);
      signal?.throwIfAborted();
      if (entries.length === 0) return;
      try {
        database ??= opened(directory);
        append(database, entries, clock());
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new AppError('EVENTBUS_ROUTER_UNAVAILABLE', `${fileIn(directory)}: ${reason}`, { cause });
      }
    },
  };
}

/** Events of the list behind a position, oldest first, at most `limit`. */
export function readRoutedEvents(directory: string, { after = 0, limit = 1_000 } = {}): readonly ListedEvent[] {
  const rows = reading(directory, (database) =>
    database
      .prepare('select position, event from event where position > ? order by position limit ?')
      .all(after, limit),
  );
  return (rows ?? []).map(({ position, event }) => ({
    position: Number(position),
    event: JSON.parse(String(event)) as DeliveredEvent,
  }));
}

/** Position of the oldest event that the list still keeps; 1 as long as it keeps all. */
export function oldestPosition(directory: string): number {
  const row = reading(directory, (database) =>
    database
      .prepare(
        `select coalesce((select min(position) from event), (select seq + 1 from sqlite_sequence where name = 'event'), 1) as first`,
      )
      .get(),
  );
  return Number(row?.['first'] ?? 1);
}

function reading<T>(directory: string, read: (database: DatabaseSync) => T): T | undefined {
  if (!existsSync(fileIn(directory))) return undefined;
  const database = new DatabaseSync(fileIn(directory), { readOnly: true, timeout: 5_000 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function opened(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true });
  const database = new DatabaseSync(fileIn(directory), { timeout: 5_000 });
  database.exec('pragma journal_mode = wal; pragma synchronous = full;');
  database.exec(schema);
  return database;
}

function append(database: DatabaseSync, entries: readonly RouterEntry[], nowMs: number): void {
  database.exec('begin immediate');
  try {
    const insert = database.prepare('insert into event (at, event) values (?, ?)');
    for (const entry of entries) insert.run(nowMs, JSON.stringify(delivered(entry)));
    database.prepare('delete from event where at < ?').run(nowMs - keptMs);
    database.exec('commit');
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

function delivered({ Source, DetailType, Detail, Time, Resources }: RouterEntry): DeliveredEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: '000000000000',
    time: `${Time.toISOString().slice(0, 19)}Z`,
    region: 'eu-west-1',
    resources: Resources,
    detail: JSON.parse(Detail) as object,
  };
}
