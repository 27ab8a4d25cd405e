import { headers } from '../../catalogue/headers.ts';
import type { ColumnType, LakeColumn } from '../../catalogue/lake-columns.ts';
import type { CloudEventAttributes } from '../../codec/cloud-event.ts';

/** What the row says about a record besides its decoded value. */
export interface RowFacts {
  readonly topic: string;
  /** Decimal digits, checked at the edge. */
  readonly partition: string;
  readonly offset: string;
  readonly timestampMs: number;
  readonly key: string | null | undefined;
}

/** The row's first part, an open JSON object: where the record lay. */
export function rowHead(facts: RowFacts): string {
  const head =
    `{"kafka_topic":${quoted(facts.topic)},"kafka_partition":${facts.partition},` +
    `"kafka_offset":${facts.offset},"kafka_timestamp":${facts.timestampMs}`;
  return typeof facts.key === 'string' ? `${head},"kafka_key":${textOf(Buffer.from(facts.key, 'base64'))}` : head;
}

const attributeColumns = [
  [headers.id, 'ce_id', 'id'],
  [headers.source, 'ce_source', 'source'],
  [headers.type, 'ce_type', 'type'],
  [headers.time, 'ce_time', 'time'],
  [headers.subject, 'ce_subject', 'subject'],
  [headers.contentType, 'content_type', 'contentType'],
  [headers.traceparent, 'ce_traceparent', 'traceparent'],
] as const satisfies readonly (readonly [string, string, keyof CloudEventAttributes])[];

/** The CloudEvents columns: from the record's headers, and from inside the value where the headers have no event. */
export function rowAttributes(
  found: Readonly<Record<string, string>> | undefined,
  inside: CloudEventAttributes | undefined,
): string {
  const fromValue = found?.[headers.id] === undefined ? inside : undefined;
  if (found === undefined && fromValue === undefined) return '';
  let columns = '';
  for (const [header, column, attribute] of attributeColumns) {
    const value = found?.[header] ?? fromValue?.[attribute];
    if (value !== undefined) columns += `,"${column}":${quoted(value)}`;
  }
  const addressee = found?.[headers.addressedTo];
  return addressee === undefined ? columns : `${columns},"addressed_to":${quoted(addressee)}`;
}

/** The fields of a decoded value, to follow a row's head; `""` when the value has none. */
export function rowValue(value: unknown, holdsBytes: boolean): string {
  const json = holdsBytes ? JSON.stringify(value, bytesAsBase64) : JSON.stringify(value);
  return json.length > 2 ? `,${json.slice(1, -1)}` : '';
}

/** The columns that keep the bytes themselves: as text where they are UTF-8, otherwise as base64. */
export function rowRaw(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  // Decoding replaces what is not UTF-8 by U+FFFD, so only text with that character needs the comparison.
  const isText = !text.includes('\uFFFD') || Buffer.from(text, 'utf8').equals(bytes);
  return isText
    ? `,"raw":${JSON.stringify(text)},"raw_encoding":"utf-8"`
    : `,"raw":"${bytes.toString('base64')}","raw_encoding":"base64"`;
}

/**
 * Makes a row parse everywhere: a lone surrogate, which JSON can escape but UTF-8 cannot hold, becomes U+FFFD.
 * `JSON.stringify` escapes surrogates only when they are alone.
 */
export function wellFormedRow(row: string): string {
  if (!row.includes('\\ud')) return row;
  return row.replace(/(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g, '$1\uFFFD');
}

/** Whether the bytes begin as a Confluent or Glue frame does; no JSON begins so. */
export function looksFramed(bytes: Buffer): boolean {
  return bytes[0] === 0 || bytes[0] === 3;
}

/** Whether values of these columns can hold bytes, which JSON has no form for. */
export function holdsBytes(columns: readonly LakeColumn[]): boolean {
  return columns.some((column) => typeHoldsBytes(column.type));
}

function typeHoldsBytes(type: ColumnType): boolean {
  if (type.kind === 'list') return typeHoldsBytes(type.item);
  if (type.kind === 'map') return typeHoldsBytes(type.value);
  if (type.kind === 'struct') return holdsBytes(type.fields);
  return type.kind === 'bytes' || type.kind === 'json';
}

function bytesAsBase64(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { type, data } = value as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data as number[]).toString('base64') : value;
}

/** Ids, times, types and sources as a rule: quoted as they are, faster than by `JSON.stringify`. */
const needsNoEscape = /^[\w .:/+-]*$/;

function quoted(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text);
}

function textOf(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('utf8'));
}
