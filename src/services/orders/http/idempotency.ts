import { createHash } from 'node:crypto';
import { uuidsIn } from '../../../codec/name-based-uuid.ts';
import { AppError } from '../../../core/errors/app-error.ts';
import { onConnection, type Pool } from '../../../postgres/pool.ts';
import { storableJson } from '../../../postgres/storable-text.ts';
import type { ApiAnswer } from '../../api/api-call.ts';

/** A request that must have one effect and one answer, however often it comes. */
export interface KeyedRequest {
  /** Whose key it is: keys of different callers have nothing to do with each other. */
  readonly subject: string;
  readonly key: string;
  /** Everything that makes the request what it is: another value under the same key is refused. */
  readonly content: unknown;
}

/** The command that a request became; every repetition gets the same one. */
export interface KeyedCommand {
  /** UUID. */
  readonly commandId: string;
  /** When the request came first, ms since 1970-01-01 UTC. */
  readonly at: number;
}

export interface Idempotency {
  /**
   * Answers a request: as it was answered before, else by `carryOut`. That may run several times, for requests side by
   * side and after a crash, each time with the same command, and must then have the effect of one run; the first
   * answer that is stored is everybody's. What `carryOut` throws is not stored.
   * @throws AppError EVENTBUS_API_IDEMPOTENCY_KEY_REUSED when the key belongs to another request
   */
  answer(request: KeyedRequest, carryOut: (command: KeyedCommand) => Promise<ApiAnswer>): Promise<ApiAnswer>;
}

export interface IdempotencyOptions {
  readonly pool: Pool;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
  /** How long a key is kept, ms; @default 24 hours */
  readonly keptMs?: number;
}

const dayMs = 86_400_000;
const commandIds = uuidsIn('5f0d6f0e-7a5b-5b67-8a35-64a1a4e0d1a9');

/** Takes the key; no row when it is taken. Some keys that are over go with it, so that nobody has to tidy up. */
const claimSql = `
  with over as (
    delete from idempotency_key k using (
      select subject, key from idempotency_key
      where expires_at <= $5 and (subject, key) <> ($1, $2) order by expires_at limit 20 for update skip locked
    ) o where (k.subject, k.key) = (o.subject, o.key)
  )
  insert into idempotency_key as k (subject, key, request_hash, command_id, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (subject, key) do update set
    request_hash = excluded.request_hash, command_id = excluded.command_id, created_at = excluded.created_at,
    expires_at = excluded.expires_at, status = null, headers = null, body = null
  where k.expires_at <= $5
  returning request_hash, command_id, created_at, status, headers, body`;

const readSql = `
  select request_hash, command_id, created_at, status, headers, body
  from idempotency_key where subject = $1 and key = $2`;

const storeSql = `
  update idempotency_key set status = $4, headers = $5::json, body = $6::json
  where subject = $1 and key = $2 and command_id = $3 and status is null`;

interface KeyRow {
  readonly request_hash: string;
  readonly command_id: string;
  readonly created_at: Date;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: unknown;
}

/** Keeps keys and answers in PostgreSQL. */
export function makeIdempotency({ pool, clock = Date.now, keptMs = dayMs }: IdempotencyOptions): Idempotency {
  const read = ({ subject, key }: KeyedRequest) =>
    onConnection(pool, async (client) => (await client.query<KeyRow>(readSql, [subject, key])).rows[0]);

  async function claim(request: KeyedRequest, hash: string): Promise<KeyRow> {
    const { subject, key } = request;
    const now = clock();
    // With the time in it, a key that is used anew after its end becomes another command.
    const commandId = commandIds(JSON.stringify([subject, key, now]));
    const values = [subject, key, hash, commandId, new Date(now), new Date(now + keptMs)];
    const claimed = await onConnection(pool, (client) => client.query<KeyRow>(claimSql, values));
    const row = claimed.rows[0] ?? (await read(request));
    if (row !== undefined) return row;
    throw new AppError('EVENTBUS_POSTGRES_CONFLICT', 'an idempotency key was removed while it was used');
  }

  return {
    async answer(request, carryOut) {
      const hash = hashOf(request.content);
      const row = await claim(request, hash);
      if (row.request_hash !== hash) {
        throw new AppError('EVENTBUS_API_IDEMPOTENCY_KEY_REUSED', `key "${request.key.slice(0, 80)}"`);
      }
      const before = answerIn(row);
      if (before !== null) return before;
      const { command_id: commandId, created_at: createdAt } = row;
      const made = await carryOut({ commandId, at: createdAt.getTime() });
      const { subject, key } = request;
      const values = [subject, key, commandId, made.status, storableJson(made.headers ?? {}), storableJson(made.body)];
      const { rowCount } = await onConnection(pool, (client) => client.query(storeSql, values));
      if (rowCount === 1) return made;
      // Another run was first: its answer counts. None is there when the key has ended meanwhile.
      const theirs = await read(request);
      return (theirs === undefined ? null : answerIn(theirs)) ?? made;
    },
  };
}

function answerIn({ status, headers, body }: KeyRow): ApiAnswer | null {
  return status === null ? null : { status, headers: { ...headers, 'idempotent-replayed': 'true' }, body };
}

/** Hash of the content, the same for objects whose fields stand in another order. */
function hashOf(content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
