import type { AnyOutgoingRecord, RecordHeaders } from './outgoing.ts';

/**
 * One record (magic 2) in Kafka's encoding. A record begins with its length, which is known only when the rest is
 * written, so records are put together in a buffer that is used again and again, behind room for the length.
 */
let scratch = Buffer.allocUnsafe(64 * 1024);
let end = 0;

/** The longest length prefix. */
const lengthRoom = 5;

/** Where an encoded record stands; overwritten by the next one. */
export interface EncodedRecord {
  bytes: Buffer;
  start: number;
  end: number;
}

const encoded: EncodedRecord = { bytes: scratch, start: 0, end: 0 };

export interface RecordPlace {
  /** Place within its batch: 0, 1, … */
  readonly offsetDelta: number;
  /** Milliseconds after the batch's first record. */
  readonly timestampDelta: number;
  /** What `maxRecordBytes` says of the record. */
  readonly boundBytes: number;
}

/** Encodes a record into a buffer that the next call uses again. */
export function encodeRecord(record: AnyOutgoingRecord, place: RecordPlace): EncodedRecord {
  reserve(place.boundBytes);
  end = lengthRoom;
  scratch[end++] = 0;
  writeVarint(place.timestampDelta);
  writeVarint(place.offsetDelta);
  writeNullable(record.key);
  writeNullable(record.value);
  writeHeaders(record.headers);
  const bodyEnd = end;
  const start = lengthRoom - varintBytes(bodyEnd - lengthRoom);
  end = start;
  writeVarint(bodyEnd - lengthRoom);
  encoded.bytes = scratch;
  encoded.start = start;
  encoded.end = bodyEnd;
  return encoded;
}

/** Upper bound of a record's encoded size, bytes: UTF-8 takes at most three a UTF-16 unit. */
export function maxRecordBytes({ key, value, headers }: AnyOutgoingRecord): number {
  let bytes = 64 + (value?.length ?? 0) + (typeof key === 'string' ? key.length * 3 : (key?.length ?? 0));
  if (isList(headers)) {
    for (const [name, value] of headers) bytes += 10 + name.length * 3 + value.length;
    return bytes;
  }
  for (const name of Object.keys(headers)) bytes += 10 + (name.length + (headers[name] as string).length) * 3;
  return bytes;
}

function isList(headers: RecordHeaders): headers is readonly (readonly [string, Buffer])[] {
  return Array.isArray(headers);
}

function writeHeaders(headers: RecordHeaders): void {
  if (isList(headers)) {
    writeVarint(headers.length);
    for (const [name, value] of headers) {
      writeText(name);
      writeNullable(value);
    }
    return;
  }
  const names = Object.keys(headers);
  writeVarint(names.length);
  for (const name of names) {
    writeText(name);
    writeText(headers[name] as string);
  }
}

function reserve(bytes: number): void {
  if (bytes > scratch.length) scratch = Buffer.allocUnsafe(bytes * 2);
}

function writeNullable(value: Buffer | string | null): void {
  if (value === null) {
    scratch[end++] = 1;
  } else if (typeof value === 'string') {
    writeText(value);
  } else {
    writeVarint(value.length);
    scratch.set(value, end);
    end += value.length;
  }
}

/** Short text is nearly always ASCII, where bytes and characters are as many; then no call leaves JavaScript. */
function writeText(text: string): void {
  const { length } = text;
  const before = end;
  writeVarint(length);
  if (length <= 64) {
    let index = 0;
    for (; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) break;
      scratch[end + index] = code;
    }
    if (index === length) {
      end += length;
      return;
    }
  }
  end = before;
  writeVarint(Buffer.byteLength(text));
  end += scratch.write(text, end);
}

/** Zigzag varint of a 32-bit number. */
function writeVarint(value: number): void {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    scratch[end++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  scratch[end++] = rest;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = (value << 1) >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}
