import { headers as headerNames } from '../../catalogue/headers.ts';
import { letterGroupOf, letterIdOf } from '../../codec/letter-ids.ts';
import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import { normalisedMessage } from '../../core/dead-letters/fingerprint.ts';
import { inTransaction, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';

/** A whole letter and the object that keeps it. */
export interface KeptLetter {
  readonly letter: DeadLetter;
  readonly payloadKey: string;
}

/** Letters of one transaction: bounds the size of its statements. */
const maxLettersAtOnce = 500;
const maxInteger = 2_147_483_647;

/**
 * Stores letters with their groups. A letter that is there already stays as it is, unless this is a later failure of
 * its record: then the failure is replaced and its attempts are added, and a letter that was closed is open again.
 * Letters of one call are of different records.
 *
 * @returns their ids
 */
export async function storeLetters(pool: Pool, letters: readonly KeptLetter[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let at = 0; at < letters.length; at += maxLettersAtOnce) {
    const rows = letters.slice(at, at + maxLettersAtOnce).map(rowOf);
    // In one order everywhere, so that two programs that store the same letters wait for each other instead of failing.
    rows.sort((left, right) => (left.letter_id < right.letter_id ? -1 : 1));
    await inTransaction(pool, (client) => storeRows(client, rows));
    ids.push(...rows.map(({ letter_id: id }) => id));
  }
  return ids;
}

type Row = ReturnType<typeof rowOf>;

function rowOf({ letter, payloadKey }: KeptLetter) {
  const header = (name: string) => headerText(letter, name);
  const redrives = Number(/^\d{1,9}$/.exec(header(headerNames.redrives) ?? '')?.[0] ?? 0);
  return {
    letter_id: letterIdOf(letter),
    group_id: letterGroupOf(letter),
    normalised_message: normalisedMessage(letter.message),
    consumer: letter.consumer,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    timestamp_ms: letter.timestampMs,
    key: letter.key,
    headers: letter.headers,
    event_id: letter.eventId,
    schema_version: letter.schemaVersion,
    value_bytes: letter.claim?.valueBytes ?? (letter.value === null ? null : Buffer.byteLength(letter.value, 'base64')),
    payload_key: payloadKey,
    code: letter.code,
    message: letter.message,
    stack: letter.stack,
    attempts: Math.min(letter.attempts, maxInteger),
    first_failed_at: letter.firstFailedAt,
    last_failed_at: letter.lastFailedAt,
    handler_version: letter.handlerVersion,
    source: letter.source,
    redrives,
    origin: header(headerNames.origin) ?? null,
  };
}

function headerText(letter: DeadLetter, wanted: string): string | undefined {
  const found = letter.headers.find(({ name }) => name === wanted);
  return found === undefined ? undefined : storableText(Buffer.from(found.value, 'base64').toString()).slice(0, 400);
}

const columns = `letter_id uuid, group_id text, normalised_message text, consumer text, topic text, partition integer,
  "offset" bigint, timestamp_ms bigint, key text, headers jsonb, event_id text, schema_version text, value_bytes bigint,
  payload_key text, code text, message text, stack text, attempts integer, first_failed_at timestamptz,
  last_failed_at timestamptz, handler_version text, source text, redrives integer, origin text`;

const closedSql = `
  select d.letter_id from dead_letter d join jsonb_to_recordset($1::jsonb) as l(${columns}) using (letter_id)
  where d.status in ('redriven', 'discarded') and l.last_failed_at > d.last_failed_at
  order by d.letter_id for update of d`;

const groupsSql = `
  insert into dead_letter_group as g
    (group_id, consumer, code, normalised_message, schema_version, sample_message, first_seen, last_seen)
  select group_id, min(consumer), min(code), min(normalised_message), min(schema_version), min(message),
         min(first_failed_at), max(last_failed_at)
  from jsonb_to_recordset($1::jsonb) as l(${columns}) group by group_id order by group_id
  on conflict (group_id) do update set first_seen = least(g.first_seen, excluded.first_seen),
                                       last_seen = greatest(g.last_seen, excluded.last_seen)`;

const lettersSql = `
  insert into dead_letter as d
    (letter_id, group_id, consumer, topic, partition, "offset", timestamp_ms, key, headers, event_id, schema_version,
     value_bytes, payload_key, code, message, stack, attempts, first_failed_at, last_failed_at, handler_version, source,
     redrives, origin)
  select letter_id, group_id, consumer, topic, partition, "offset", timestamp_ms, decode(key, 'base64'), headers,
         event_id, schema_version, value_bytes, payload_key, code, message, stack, attempts, first_failed_at,
         last_failed_at, handler_version, source, redrives, origin
  from jsonb_to_recordset($1::jsonb) as l(${columns}) order by letter_id
  on conflict (letter_id) do update set
    group_id = excluded.group_id, schema_version = excluded.schema_version, code = excluded.code,
    message = excluded.message, stack = excluded.stack, payload_key = excluded.payload_key,
    attempts = least(d.attempts::bigint + excluded.attempts, ${maxInteger})::integer,
    first_failed_at = least(d.first_failed_at, excluded.first_failed_at), last_failed_at = excluded.last_failed_at,
    handler_version = excluded.handler_version, source = excluded.source, changed_at = now(),
    status = case when d.status = 'redriving' then d.status else 'open' end,
    notified_at = case when d.status in ('redriven', 'discarded') then null else d.notified_at end
  where excluded.last_failed_at > d.last_failed_at`;

const reopenedSql = `
  insert into dead_letter_action (actor, action, letter_id, group_id, letters)
  select 'dead-letter-processor', 'reopen', letter_id, group_id, 1 from dead_letter
  where letter_id = any($1::uuid[]) and status = 'open' order by letter_id`;

async function storeRows(client: PoolClient, rows: readonly Row[]): Promise<void> {
  const json = storableJson(rows);
  const closed = await client.query<{ letter_id: string }>(closedSql, [json]);
  await client.query(groupsSql, [json]);
  await client.query(lettersSql, [json]);
  if (closed.rows.length > 0) await client.query(reopenedSql, [closed.rows.map(({ letter_id: id }) => id)]);
}
