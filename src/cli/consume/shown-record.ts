import { isUtf8 } from 'node:buffer';
import type { Subject } from '../../catalogue/events.generated.ts';
import { headers } from '../../catalogue/headers.ts';
import { type CloudEventAttributes, fromHeaders } from '../../codec/cloud-event.ts';
import type { Codec } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { RawRecord } from '../../kafka/record-decoding.ts';

/** A record as a person or program is shown it. */
export interface ShownRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  /** Null for a record that no CloudEvents producer wrote. */
  readonly event: CloudEventAttributes | null;
  readonly content: Content;
}

export type Content =
  | { readonly kind: 'data'; readonly data: unknown }
  /** A null value, which deletes the key in a compacted topic. */
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'broken'; readonly error: AppError; readonly value: Buffer | null };

/** Decodes a record of a topic; what cannot be decoded is shown with its error instead of thrown. */
export function shownRecord(
  record: RawRecord,
  subject: Subject | null,
  codec: Pick<Codec, 'decodeRecord'>,
): ShownRecord {
  const { topic, partition, offset, timestampMs, value } = record;
  const header = (name: string) => record.headers.find(([known]) => known === name)?.[1]?.toString();
  const coordinates = { topic, partition, offset, timestampMs, key: record.key === null ? null : textOf(record.key) };
  let event: CloudEventAttributes | null = null;
  try {
    // As consumers do: binary mode is known by its version header.
    if (header(headers.specVersion) !== undefined) event = fromHeaders(header);
    if (value === null) return { ...coordinates, event, content: { kind: 'tombstone' } };
    if (subject === null) return { ...coordinates, event, content: { kind: 'data', data: plainData(value) } };
    const decoded = codec.decodeRecord(subject, header(headers.contentType), value);
    return { ...coordinates, event: event ?? decoded.event ?? null, content: { kind: 'data', data: decoded.value } };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...coordinates, event, content: { kind: 'broken', error, value } };
  }
}

/** UTF-8 text, or base64 with a word in front of it. */
function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : `base64:${bytes.toString('base64')}`;
}

/** The value of a topic without a schema: JSON where it is, else text. */
function plainData(value: Buffer): unknown {
  const text = textOf(value);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
