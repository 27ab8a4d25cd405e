import { contentTypes, headers } from '../../catalogue/headers.ts';
import { topicNamed } from '../../catalogue/lookup.ts';
import { toHeaders } from '../../codec/cloud-event.ts';
import type { Codec } from '../../codec/codec.ts';
import { letterIdOf } from '../../codec/letter-ids.ts';
import { subjectOf } from '../../consumers/subject-of.ts';
import type { DeadLetter, LetterHeader } from '../../core/dead-letters/dead-letter.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { recordKey } from '../../core/record-key.ts';
import type { LetterToMigrate } from '../../core/redrive/migration.ts';
import type { AnyOutgoingRecord } from '../../kafka/outgoing.ts';
import { contentOf, type LetterContent } from './letter-content.ts';

/** What changes the values of letters before they are sent. */
export interface Transform {
  /** For people and the audit trail: a file with its checksum, or the patch itself. */
  readonly name: string;
  /** SHA-256 of the source, hex; null for a patch. */
  readonly checksum: string | null;
  /** The value to send, or null to leave the letter where it is. `plain`: JSON, whose absent fields take their defaults. */
  apply(letter: LetterToMigrate): { readonly value: unknown; readonly plain: boolean } | null;
}

/** A record as it will be sent, kept as JSON when it differs from the letter; bytes are base64. */
export interface PreparedRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly LetterHeader[];
}

/** A letter made ready, or left out by its transform. */
export interface Prepared {
  readonly record: PreparedRecord | null;
  readonly before: unknown;
  readonly after: unknown;
}

export interface PrepareOptions {
  readonly codec: Codec;
  /** Where the letter is sent; undefined: to its own topic. */
  readonly toTopic: string | undefined;
  readonly transform: Transform | undefined;
}

/**
 * The record to send for a letter. Without a transform its bytes stay as they are; with one it is written anew in the
 * newest version of the target's schema, under the same event id.
 * @throws AppError when the value does not fit the target's schema, or the transform fails
 */
export function prepareRecord(letter: DeadLetter, { codec, toTopic, transform }: PrepareOptions): Prepared {
  const topic = toTopic ?? letter.topic;
  const content = contentOf(letter, codec, subjectOf(topic));
  const before = 'value' in content ? content.value : content.json;
  if (transform === undefined) {
    // The consumer may have learnt to read what it could not; another topic's consumers are not to be surprised.
    if (toTopic !== undefined && content.problem !== null) throw unfit(topic, content.problem.message);
    return { record: unchanged(content), before, after: before };
  }
  const made = transform.apply(letterToMigrate(content));
  if (made === null) return { record: null, before, after: undefined };
  const subject = subjectOf(topic);
  const value = made.plain ? codec.parseJson(subject, made.value) : made.value;
  const encoded = codec.encode(subject, value as never);
  const after = codec.decode(subject, encoded).value;
  return { record: rewritten(content, encoded, keyOf(topic, after)), before, after };
}

function unfit(topic: string, problem: string): AppError {
  return new AppError('EVENTBUS_CODEC_SUBJECT_MISMATCH', `${topic} takes ${subjectOf(topic)}: ${problem}`);
}

function letterToMigrate(content: LetterContent): LetterToMigrate {
  const { letter, bytes, event, writer } = content;
  return {
    id: letterIdOf(letter),
    consumer: letter.consumer,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    timestampMs: letter.timestampMs,
    key: letter.key === null ? null : Buffer.from(letter.key, 'base64').toString(),
    eventId: event.id,
    eventType: event.type,
    code: letter.code,
    message: letter.message,
    schemaVersion: writer,
    value: content.value as LetterToMigrate['value'],
    json: content.json,
    bytes: bytes ?? new Uint8Array(),
  };
}

/** The letter's own record; event headers are added where it has none, so that its event keeps its identity. */
function unchanged({ letter, event, carriesEvent }: LetterContent): PreparedRecord {
  const { key, value } = letter;
  const own = letter.headers.filter(({ name }) => !added.has(name));
  if (carriesEvent) return { key, value, headers: own };
  const identity = toHeaders({ id: event.id, source: event.source, type: event.type });
  return { key, value, headers: [...own.filter(({ name }) => !(name in identity)), ...textHeaders(identity)] };
}

function rewritten({ letter, event }: LetterContent, encoded: Buffer, key: Buffer | undefined): PreparedRecord {
  const attributes = toHeaders({ ...event, contentType: contentTypes.avro });
  const others = letter.headers.filter(({ name }) => !(name in attributes) && !added.has(name));
  return {
    key: key === undefined ? letter.key : key.toString('base64'),
    value: encoded.toString('base64'),
    headers: [...textHeaders(attributes), ...others],
  };
}

/** The key that the value has on a topic: a migration may have mended that too. */
function keyOf(topic: string, value: object): Buffer | undefined {
  const declared = topicNamed(topic);
  const key = declared === undefined ? undefined : recordKey(declared, value);
  return key === undefined ? undefined : Buffer.from(key);
}

/** Headers of a redrive: those of an earlier one make room. */
const added: ReadonlySet<string> = new Set([headers.addressedTo, headers.origin, headers.redrive, headers.redrives]);

function textHeaders(attributes: Readonly<Record<string, string>>): LetterHeader[] {
  return Object.entries(attributes).map(([name, text]) => ({ name, value: Buffer.from(text).toString('base64') }));
}

/** What the headers of a redriven record say. */
export interface RedriveStamp {
  readonly redriveId: string;
  readonly topic: string;
  /** Only this consumer takes the record; null: whoever reads the topic. */
  readonly addressee: string | null;
  /** `topic/partition/offset` of the record that failed first. */
  readonly origin: string;
  /** This time included. */
  readonly redrives: number;
}

/** The record that goes to the log. */
export function outgoingRecord(record: PreparedRecord, stamp: RedriveStamp): AnyOutgoingRecord {
  const own = record.headers.map(({ name, value }) => [name, Buffer.from(value, 'base64')] as const);
  const addressee = stamp.addressee === null ? [] : [[headers.addressedTo, Buffer.from(stamp.addressee)] as const];
  return {
    topic: stamp.topic,
    key: record.key === null ? null : Buffer.from(record.key, 'base64'),
    value: record.value === null ? null : Buffer.from(record.value, 'base64'),
    headers: [
      ...own,
      ...addressee,
      [headers.origin, Buffer.from(stamp.origin)],
      [headers.redrive, Buffer.from(stamp.redriveId)],
      [headers.redrives, Buffer.from(String(stamp.redrives))],
    ],
  };
}
