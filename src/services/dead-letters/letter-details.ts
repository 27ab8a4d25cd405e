import { topicNamed } from '../../catalogue/lookup.ts';
import type { Codec } from '../../codec/codec.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type ErrorCode, errorRegistry } from '../../core/errors/registry.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import { actionTrail, type RecordedAction } from './action-trail.ts';
import { contentOf, loadLetter } from './letter-content.ts';
import { bytesAsText, type LetterRow, type LetterSummary, letterSummary } from './letter-views.ts';

/** A letter with everything that is known about it. */
export interface LetterDetails extends LetterSummary {
  /** Kafka timestamp, RFC 3339. */
  readonly recordTime: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** Schema of the topic's values. */
  readonly subject: string | null;
  readonly value: ShownValue;
  readonly stack: string | null;
  readonly handlerVersion: string;
  /** What to do about errors of this code. */
  readonly remedy: string | null;
  /** Where redrives have sent it, oldest first; the records carry the redrive's id in the header `eventbus_redrive`. */
  readonly sentTo: readonly SentTo[];
  readonly actions: readonly RecordedAction[];
}

export interface SentTo {
  readonly redriveId: string;
  readonly topic: string;
  /** When the log had it, RFC 3339. */
  readonly at: string;
}

/** A value as people see it. */
export type ShownValue =
  | { readonly kind: 'decoded'; readonly writer: string | null; readonly value: unknown }
  /** It cannot be decoded; `json` is the document when the bytes are JSON, `text` their beginning otherwise. */
  | { readonly kind: 'undecodable'; readonly problem: string; readonly json?: unknown; readonly text?: string }
  | { readonly kind: 'none' }
  /** The object store no longer has it, or is away. */
  | { readonly kind: 'missing'; readonly problem: string };

export interface ContentParts {
  readonly pool: Pool;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly codec: Codec;
}

export async function letterDetails(parts: ContentParts, row: LetterRow): Promise<LetterDetails> {
  return {
    ...letterSummary(row),
    recordTime: new Date(row.timestamp_ms).toISOString(),
    headers: row.headers.map(({ name, value }) => ({ name, value: bytesAsText(Buffer.from(value, 'base64')) })),
    subject: topicNamed(row.topic)?.subject ?? null,
    value: await shownValue(parts, row),
    stack: row.stack,
    handlerVersion: row.handler_version,
    remedy: row.code in errorRegistry ? errorRegistry[row.code as ErrorCode].remedy : null,
    sentTo: await sendings(parts.pool, row.letter_id),
    actions: await actionTrail(parts.pool, { letterId: row.letter_id }),
  };
}

const sentSql = `
  select redrive_id as "redriveId", sent_topic as topic, changed_at as at from redrive_letter
  where letter_id = $1 and state = 'sent' order by changed_at`;

async function sendings(pool: Pool, letterId: string): Promise<readonly SentTo[]> {
  const { rows } = await onConnection(pool, (client) =>
    client.query<Omit<SentTo, 'at'> & { readonly at: Date }>(sentSql, [letterId]),
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

const shownCharacters = 4_000;

async function shownValue({ objects, codec }: ContentParts, row: LetterRow): Promise<ShownValue> {
  try {
    const content = contentOf(await loadLetter(objects, row), codec, subjectOf(row.topic));
    if (content.bytes === null) return { kind: 'none' };
    const { problem, json } = content;
    if (problem === null) return { kind: 'decoded', writer: content.writer, value: content.value };
    if (json !== undefined) return { kind: 'undecodable', problem: problem.message, json };
    return {
      kind: 'undecodable',
      problem: problem.message,
      text: bytesAsText(content.bytes).slice(0, shownCharacters),
    };
  } catch (error) {
    if (error instanceof AppError) return { kind: 'missing', problem: error.message };
    throw error;
  }
}
