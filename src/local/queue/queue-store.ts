import { randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError } from '../../core/errors/app-error.ts';

export interface QueueAttributes {
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  readonly delaySeconds: number;
  readonly receiveWaitSeconds: number;
  readonly maxMessageBytes: number;
}

export interface Queue {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly createdAtMs: number;
}

export interface NewMessage {
  readonly body: string;
  /** Message attributes as JSON text, as the sender gave them. */
  readonly attributes: string | null;
  readonly delaySeconds: number;
}

export interface StoredMessage {
  readonly id: number;
  readonly messageId: string;
  readonly body: string;
  readonly attributes: string | null;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
  readonly receiptHandle: string;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

const schema = `
  create table if not exists queue (name text primary key, attributes text not null, created_at integer not null) strict;
  create table if not exists message (
    id integer primary key autoincrement, queue text not null, message_id text not null, body text not null,
    attributes text, sent_at integer not null, visible_at integer not null, first_received_at integer,
    receive_count integer not null default 0, receipt text
  ) strict;
  create index if not exists message_visible on message (queue, visible_at, id);
`;

/** Messages of all queues in one SQLite file; every change is on disk when its call returns. */
export class QueueStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(file: string) {
    try {
      this.#database = new DatabaseSync(file);
      this.#database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000;');
      this.#database.exec(schema);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('EVENTBUS_QUEUE_STORE', `${file}: ${reason}`, { cause });
    }
  }

  createQueue(name: string, attributes: QueueAttributes, nowMs: number): void {
    const sql = 'insert into queue values (?, ?, ?) on conflict do nothing';
    this.#prepared(sql).run(name, JSON.stringify(attributes), nowMs);
  }

  deleteQueue(name: string): void {
    this.#inTransaction(() => {
      this.purge(name);
      this.#prepared('delete from queue where name = ?').run(name);
    });
  }

  queue(name: string): Queue | null {
    const row = this.#prepared('select name, attributes, created_at from queue where name = ?').get(name);
    if (row === undefined) return null;
    return {
      name: String(row['name']),
      attributes: JSON.parse(String(row['attributes'])) as QueueAttributes,
      createdAtMs: Number(row['created_at']),
    };
  }

  queueNames(prefix: string): string[] {
    const rows = this.#prepared('select name from queue order by name').all();
    return rows.map((row) => String(row['name'])).filter((name) => name.startsWith(prefix));
  }

  /** Ids of the messages, in order; all are on disk or none. */
  send(queue: string, messages: readonly NewMessage[], nowMs: number): string[] {
    const insert = this.#prepared(
      'insert into message (queue, message_id, body, attributes, sent_at, visible_at) values (?, ?, ?, ?, ?, ?)',
    );
    return this.#inTransaction(() =>
      messages.map(({ body, attributes, delaySeconds }) => {
        const messageId = randomUUID();
        insert.run(queue, messageId, body, attributes, nowMs, nowMs + delaySeconds * 1000);
        return messageId;
      }),
    );
  }

  /** Takes up to `max` visible messages and hides them for the visibility timeout. */
  receive(queue: string, options: { readonly max: number; readonly visibleAtMs: number }, nowMs: number) {
    const select = this.#prepared(
      'select * from message where queue = ? and visible_at <= ? order by visible_at, id limit ?',
    );
    const hide = this.#prepared(
      'update message set visible_at = ?, first_received_at = ?, receive_count = ?, receipt = ? where id = ?',
    );
    const rows = select.all(queue, nowMs, options.max);
    if (rows.length === 0) return [];
    return this.#inTransaction(() =>
      rows.map((row): StoredMessage => {
        const id = Number(row['id']);
        const receipt = randomUUID();
        const firstReceivedAtMs = Number(row['first_received_at'] ?? nowMs);
        const receiveCount = Number(row['receive_count']) + 1;
        hide.run(options.visibleAtMs, firstReceivedAtMs, receiveCount, receipt, id);
        return {
          id,
          messageId: String(row['message_id']),
          body: String(row['body']),
          attributes: row['attributes'] === null ? null : String(row['attributes']),
          sentAtMs: Number(row['sent_at']),
          firstReceivedAtMs,
          receiveCount,
          receiptHandle: `${id}.${receipt}`,
        };
      }),
    );
  }

  /** False when the handle is not the one of the latest receive. */
  delete(queue: string, receiptHandle: string): boolean {
    const { id, receipt } = parseHandle(receiptHandle);
    const sql = 'delete from message where queue = ? and id = ? and receipt = ?';
    return this.#prepared(sql).run(queue, id, receipt).changes === 1;
  }

  /** False when the handle is not the one of the latest receive. */
  changeVisibility(queue: string, receiptHandle: string, visibleAtMs: number): boolean {
    const { id, receipt } = parseHandle(receiptHandle);
    const sql = 'update message set visible_at = ? where queue = ? and id = ? and receipt = ?';
    return this.#prepared(sql).run(visibleAtMs, queue, id, receipt).changes === 1;
  }

  purge(queue: string): void {
    this.#prepared('delete from message where queue = ?').run(queue);
  }

  /** Removes messages older than the queue keeps them. */
  expire(queue: string, sentBeforeMs: number): void {
    this.#prepared('delete from message where queue = ? and sent_at < ?').run(queue, sentBeforeMs);
  }

  depth(queue: string, nowMs: number): QueueDepth {
    const row = this.#prepared(
      `select count(*) filter (where visible_at <= ?1) as visible,
         count(*) filter (where visible_at > ?1 and receive_count > 0) as in_flight,
         count(*) filter (where visible_at > ?1 and receive_count = 0) as delayed
       from message where queue = ?2`,
    ).get(nowMs, queue);
    return {
      visible: Number(row?.['visible'] ?? 0),
      inFlight: Number(row?.['in_flight'] ?? 0),
      delayed: Number(row?.['delayed'] ?? 0),
    };
  }

  close(): void {
    this.#database.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #inTransaction<T>(work: () => T): T {
    this.#database.exec('begin immediate');
    try {
      const result = work();
      this.#database.exec('commit');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }
}

function parseHandle(handle: string): { readonly id: number; readonly receipt: string } {
  const dot = handle.indexOf('.');
  return { id: Number(handle.slice(0, dot)), receipt: handle.slice(dot + 1) };
}
