import { databaseError } from '../database-error.ts';
import { onConnection, type Pool } from '../pool.ts';
import { storableJson } from '../storable-text.ts';
import { type Appending, appendSql, appendValues } from './append.ts';

/** One aggregate as the store keeps it. */
export interface StreamHead {
  /** Number of the newest event; 0 before the first. */
  readonly version: number;
  /** What was kept with the newest event; null before the first. */
  readonly state: unknown;
  readonly stateFormat: number;
  /** When the newest event happened, ms since 1970-01-01 UTC; 0 before the first. */
  readonly lastAtMs: number;
}

/** What became of a command that came before. */
export interface HandledCommand {
  readonly streamId: string;
  /** Hash of the command; null when the command was revoked before it came. */
  readonly fingerprint: string | null;
  /** Version of the stream after it. */
  readonly version: number;
  readonly refusal: StoredRefusal | null;
}

export interface StoredRefusal {
  readonly code: string;
  readonly what: string;
}

/** An event with everything that is known of it. */
export interface EventRow {
  readonly eventId: string;
  readonly streamId: string;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** ms since 1970-01-01 UTC. */
  readonly atMs: number;
  readonly recordedAtMs: number;
  readonly commandId: string;
  readonly actor: string | null;
  readonly sagaId: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
}

/** Place of a reader of all streams; text, because transaction ids exceed what a number holds. */
export interface LogPosition {
  readonly transaction: string;
  readonly position: number;
}

/** An event in the order of the whole store. */
export interface LoggedEvent extends EventRow {
  readonly place: LogPosition;
}

/** Where a reader of all streams begins. */
export const logStart: LogPosition = { transaction: '0', position: 0 };

/**
 * `conflict`: the stream is at another version by now; `handled`: the command was carried out or revoked meanwhile.
 * Neither has changed anything.
 */
export type AppendResult = 'appended' | 'conflict' | 'handled';

/**
 * Events of aggregates, one stream each. An append is one statement, and so one transaction: the command's id, the
 * events, the state after them and what is to be published are stored together or not at all.
 */
export interface EventStore {
  /** A stream's head, and what became of the command, in one round trip. */
  load(streamId: string, commandId: string): Promise<{ head: StreamHead; handled: HandledCommand | null }>;
  /** Stores what follows from a command, unless the stream or the command was dealt with since `load`. */
  append(appending: Appending): Promise<AppendResult>;
  /**
   * Makes sure that a command that has not been carried out never will be.
   * @returns what became of it, when it had been carried out or revoked before; null when it is revoked now
   */
  revoke(commandId: string, streamId: string): Promise<HandledCommand | null>;
  /** Events of a stream by version. */
  events(
    streamId: string,
    range?: {
      readonly fromVersion?: number;
      readonly toVersion?: number;
      readonly untilMs?: number;
      readonly limit?: number;
    },
  ): Promise<readonly EventRow[]>;
  /**
   * Events of all streams after a place, in an order that never changes. An event is passed on when every transaction
   * that is older than its own has ended, so that none can appear behind a reader's back.
   */
  all(after: LogPosition, limit: number): Promise<readonly LoggedEvent[]>;
}

const loadSql = `
  select s.version, s.state, s.state_format, s.last_at, h.command_id, h.stream_id as handled_stream, h.fingerprint,
         h.version as handled_version, h.refusal
  from (select 1) as one
  left join event_stream s on s.stream_id = $1
  left join handled_command h on h.command_id = $2`;

interface LoadedRow {
  readonly version: number | null;
  readonly state: unknown;
  readonly state_format: number | null;
  readonly last_at: Date | null;
  readonly command_id: string | null;
  readonly handled_stream: string;
  readonly fingerprint: string | null;
  readonly handled_version: number;
  readonly refusal: StoredRefusal | null;
}

const revokeSql = `
  with revoked as (
    insert into handled_command (command_id, stream_id, fingerprint, version, refusal)
    values ($1, $2, null, 0, $3::jsonb) on conflict do nothing returning 1)
  select (select count(*) from revoked) as revoked`;

const handledSql = `
  select stream_id as handled_stream, fingerprint, version as handled_version, refusal
  from handled_command where command_id = $1`;

const columns = `
  event_id, stream_id, version, type, data, at, recorded_at, command_id, actor, saga_id, correlation_id, causation_id`;

const eventsSql = `
  select ${columns} from stored_event
  where stream_id = $1 and version between $2 and $3 and at <= $4::timestamptz order by version limit $5`;

const allSql = `
  select ${columns}, transaction_id::text as transaction_id, position from stored_event
  where (transaction_id, position) > ($1::xid8, $2::bigint) and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
  order by transaction_id, position limit $3`;

/** Makes the event store of a database. */
export function makeEventStore(pool: Pool): EventStore {
  return {
    load: (streamId, commandId) => load(pool, streamId, commandId),
    append: (appending) => append(pool, appending),
    revoke: (commandId, streamId) => revoke(pool, commandId, streamId),
    events: async (streamId, { fromVersion = 1, toVersion, untilMs, limit = 1_000 } = {}) => {
      const until = untilMs === undefined ? 'infinity' : new Date(untilMs);
      const values = [streamId, fromVersion, toVersion ?? Number.MAX_SAFE_INTEGER, until, limit];
      const { rows } = await onConnection(pool, (client) => client.query<StoredRow>(eventsSql, values));
      return rows.map(eventOf);
    },
    all: async ({ transaction, position }, limit) => {
      const { rows } = await onConnection(pool, (client) =>
        client.query<LoggedRow>(allSql, [transaction, position, limit]),
      );
      return rows.map((row) => ({
        ...eventOf(row),
        place: { transaction: row.transaction_id, position: row.position },
      }));
    },
  };
}

async function load(pool: Pool, streamId: string, commandId: string) {
  const { rows } = await onConnection(pool, (client) =>
    client.query<LoadedRow>({ name: 'load-event-stream', text: loadSql, values: [streamId, commandId] }),
  );
  const row = rows[0] as LoadedRow;
  const head: StreamHead = {
    version: row.version ?? 0,
    state: row.state,
    stateFormat: row.state_format ?? 0,
    lastAtMs: row.last_at?.getTime() ?? 0,
  };
  return { head, handled: row.command_id === null ? null : handledOf(row) };
}

function handledOf(row: Pick<LoadedRow, 'handled_stream' | 'fingerprint' | 'handled_version' | 'refusal'>) {
  const { handled_stream: streamId, fingerprint, handled_version: version, refusal } = row;
  return { streamId, fingerprint, version, refusal };
}

async function append(pool: Pool, appending: Appending): Promise<AppendResult> {
  try {
    await onConnection(pool, (client) =>
      client.query({ name: 'append-events', text: appendSql, values: appendValues(appending) }),
    );
    return 'appended';
  } catch (error) {
    const { code, details } = databaseError(error);
    // Ids of events follow from their command's: where those are stored, the command is handled.
    if (details['constraint'] === 'handled_command_pkey' || details['constraint'] === 'stored_event_id')
      return 'handled';
    // A deadlock or a lost race on the stream's row says the same as its version does.
    if (details['constraint'] === 'stored_event_version' || code === 'EVENTBUS_POSTGRES_CONFLICT') return 'conflict';
    throw error;
  }
}

async function revoke(pool: Pool, commandId: string, streamId: string): Promise<HandledCommand | null> {
  const refusal = storableJson({ code: 'EVENTBUS_ORDER_COMMAND_REVOKED', what: `command ${commandId}` });
  return onConnection(pool, async (client) => {
    const { rows } = await client.query<{ revoked: number }>(revokeSql, [commandId, streamId, refusal]);
    if (rows[0]?.revoked === 1) return null;
    const found = await client.query<LoadedRow>(handledSql, [commandId]);
    return handledOf(found.rows[0] as LoadedRow);
  });
}

interface StoredRow {
  readonly event_id: string;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
  readonly recorded_at: Date;
  readonly command_id: string;
  readonly actor: string | null;
  readonly saga_id: string | null;
  readonly correlation_id: string | null;
  readonly causation_id: string | null;
}

interface LoggedRow extends StoredRow {
  readonly transaction_id: string;
  readonly position: number;
}

function eventOf(row: StoredRow): EventRow {
  return {
    eventId: row.event_id,
    streamId: row.stream_id,
    version: row.version,
    type: row.type,
    data: row.data,
    atMs: row.at.getTime(),
    recordedAtMs: row.recorded_at.getTime(),
    commandId: row.command_id,
    actor: row.actor,
    sagaId: row.saga_id,
    correlationId: row.correlation_id,
    causationId: row.causation_id,
  };
}
