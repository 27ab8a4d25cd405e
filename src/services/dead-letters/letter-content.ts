import type { Subject } from '../../catalogue/events.generated.ts';
import { headers } from '../../catalogue/headers.ts';
import { topicNamed } from '../../catalogue/lookup.ts';
import { type CloudEventAttributes, fromHeaders } from '../../codec/cloud-event.ts';
import type { Codec } from '../../codec/codec.ts';
import { fromStructuredJson, isStructuredJson } from '../../codec/structured-event.ts';
import { parseJsonText } from '../../codec/value-format.ts';
import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import { parseLetter } from '../../core/dead-letters/parse-letter.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import type { LetterRow } from './letter-views.ts';

/** A letter with everything that can be said about its value. */
export interface LetterContent {
  readonly letter: DeadLetter;
  /** null for a record without a value. */
  readonly bytes: Buffer | null;
  /** The value as the subject's newest version; absent when it cannot be decoded. */
  readonly value?: unknown;
  /** The version it was written with, such as `VehicleState/v2`. */
  readonly writer: string | null;
  /** Why it cannot be decoded. */
  readonly problem: { readonly code: string; readonly message: string } | null;
  /** The document when the bytes are JSON; absent otherwise. */
  readonly json?: unknown;
  /** Attributes of the event; its id is the one under which sinks know the record. */
  readonly event: CloudEventAttributes;
  /** Whether the record itself says what its attributes are. */
  readonly carriesEvent: boolean;
}

/**
 * The whole letter as it was stored.
 * @throws AppError EVENTBUS_DLQ_PAYLOAD_MISSING
 */
export async function loadLetter(objects: Pick<ObjectStore, 'get'>, row: LetterRow): Promise<DeadLetter> {
  const bytes = await objects.get(row.payload_key);
  if (bytes === null) throw missing(row, 'it is not in the object store');
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch (cause) {
    throw missing(row, `it is no JSON: ${String(cause)}`);
  }
  const parsed = parseLetter(json);
  if ('problem' in parsed) throw missing(row, parsed.problem);
  const { letter } = parsed;
  if (letter.value === null && row.value_bytes !== null) throw missing(row, 'its value was left out');
  return letter;
}

function missing({ payload_key: key, letter_id: letterId }: LetterRow, why: string): AppError {
  return new AppError('EVENTBUS_DLQ_PAYLOAD_MISSING', `object "${key}" of letter ${letterId}: ${why}`, {
    details: { letterId, key },
  });
}

/** Says everything about a letter's value; `subject` is that of the topic it is read for. */
export function contentOf(letter: DeadLetter, codec: Pick<Codec, 'decodeRecord'>, subject: Subject): LetterContent {
  const bytes = letter.value === null ? null : Buffer.from(letter.value, 'base64');
  const header = headerReader(letter);
  const decoded =
    bytes === null ? absent : decode(() => codec.decodeRecord(subject, header(headers.contentType), bytes));
  const json = bytes === null ? undefined : jsonIn(bytes);
  const { problem } = decoded;
  const carried = carriedEvent(letter, 'found' in decoded ? decoded.found.event : undefined, json);
  return {
    letter,
    bytes,
    ...('found' in decoded ? { value: decoded.found.value } : {}),
    writer: 'found' in decoded ? versionName(decoded.found.writer) : letter.schemaVersion,
    problem,
    ...(json === undefined ? {} : { json }),
    event: carried ?? foreignEvent(letter),
    carriesEvent: carried !== undefined,
  };
}

type Decoding =
  | { readonly found: ReturnType<Codec['decodeRecord']>; readonly problem: null }
  | { readonly problem: { readonly code: string; readonly message: string } };

const absent: Decoding = { problem: { code: 'EVENTBUS_CONSUMER_VALUE_MISSING', message: 'the record has no value' } };

function decode(read: () => ReturnType<Codec['decodeRecord']>): Decoding {
  try {
    return { found: read(), problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { problem: { code: error.code, message: error.message } };
  }
}

function versionName({ subject, version }: { readonly subject: string; readonly version: number }): string {
  return `${subject}/v${version}`;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return parseJsonText(bytes);
  } catch {
    return undefined;
  }
}

/** Text of a header by its name; the first of two equal names wins, as consumers read it. */
export function headerReader({ headers: list }: Pick<DeadLetter, 'headers'>): (name: string) => string | undefined {
  return (wanted) => {
    const found = list.find(({ name }) => name === wanted);
    return found === undefined ? undefined : Buffer.from(found.value, 'base64').toString();
  };
}

/** The attributes that the record carries: in sound headers, else inside the value. */
function carriedEvent(
  letter: DeadLetter,
  inside: CloudEventAttributes | undefined,
  json: unknown,
): CloudEventAttributes | undefined {
  const header = headerReader(letter);
  if (header(headers.specVersion) === undefined) return inside ?? structuredEvent(json);
  try {
    return fromHeaders(header);
  } catch {
    return inside ?? structuredEvent(json);
  }
}

/** The attributes that consumers give a record which carries none. */
function foreignEvent(letter: DeadLetter): CloudEventAttributes {
  const { topic, partition, offset } = letter;
  const header = headerReader(letter);
  return {
    id: letter.eventId ?? `${topic}/${partition}/${offset}`,
    source: `/kafka/${topic}`,
    type: header(headers.type) ?? topicNamed(topic)?.eventTypes[0] ?? 'unknown',
    contentType: header(headers.contentType),
    traceparent: header(headers.traceparent),
  };
}

function structuredEvent(json: unknown): CloudEventAttributes | undefined {
  if (!isStructuredJson(json)) return undefined;
  try {
    return fromStructuredJson(json).event;
  } catch {
    return undefined;
  }
}
