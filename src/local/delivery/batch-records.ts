import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka';
import { headers } from '../../catalogue/headers.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { ByteCursor } from '../../kafka/byte-cursor.ts';
import type { LogRecord } from './log-source.ts';

export interface BatchRecords {
  readonly records: readonly LogRecord[];
  /** Offset after the last whole batch; undefined when there is none. Compaction leaves offsets without records. */
  readonly next: number | undefined;
}

const headerBytes = 61;
/** Bytes before and including the length field. */
const lengthEnd = 12;
const compressionMask = 0b111;
const logAppendTimeBit = 0b1000;
const controlBit = 0b100000;

/**
 * Records of the whole batches in a broker's answer, from an offset on, in the form the transformation's event wants:
 * base64 and text straight from the bytes, because a view for every key, value and header would cost more than
 * decoding it does. Throws `EVENTBUS_KAFKA_RECORDS_CORRUPT` naming the batch.
 */
export function batchRecords(bytes: Buffer, from: number): BatchRecords {
  const records: LogRecord[] = [];
  let next: number | undefined;
  for (let at = 0; at + headerBytes <= bytes.length; ) {
    const end = at + lengthEnd + bytes.readInt32BE(at + 8);
    if (end > bytes.length || end < at + headerBytes) break;
    const batch = bytes.subarray(at, end);
    try {
      next = readBatch(batch, from, records);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const what = `batch at offset ${batch.readBigInt64BE(0)}: ${reason}`;
      throw new AppError('EVENTBUS_KAFKA_RECORDS_CORRUPT', what, { cause });
    }
    at = end;
  }
  return { records, next };
}

function readBatch(batch: Buffer, from: number, into: LogRecord[]): number {
  const cursor = new ByteCursor(batch);
  const baseOffset = cursor.int64();
  cursor.skip(8);
  const magic = cursor.int8();
  if (magic !== 2) throw new RangeError(`format ${magic} is not known`);
  const checksum = cursor.int32() >>> 0;
  if (crc32c(batch.subarray(cursor.at)) !== checksum) throw new RangeError('its checksum is wrong');
  const attributes = cursor.int16();
  const next = baseOffset + cursor.int32() + 1;
  const baseTimestampMs = cursor.int64();
  const maxTimestampMs = cursor.int64();
  cursor.skip(14);
  const count = cursor.int32();
  if ((attributes & controlBit) !== 0 || next <= from) return next;
  const place = {
    baseOffset,
    baseTimestampMs,
    appendedMs: (attributes & logAppendTimeBit) === 0 ? undefined : maxTimestampMs,
    from,
  };
  const body = new ByteCursor(uncompressed(batch.subarray(cursor.at), attributes & compressionMask));
  for (let left = count; left > 0; left -= 1) readRecord(body, place, into);
  return next;
}

function uncompressed(bytes: Buffer, compression: number): Buffer {
  if (compression === 0) return bytes;
  const algorithm = compressionsAlgorithmsByBitmask[String(compression)];
  if (algorithm === undefined) throw new RangeError(`compression ${compression} is not known`);
  return algorithm.decompressSync(bytes);
}

interface BatchPlace {
  readonly baseOffset: number;
  readonly baseTimestampMs: number;
  readonly appendedMs: number | undefined;
  readonly from: number;
}

function readRecord(cursor: ByteCursor, place: BatchPlace, into: LogRecord[]): void {
  const length = cursor.varint();
  const end = cursor.at + length;
  cursor.skip(1);
  const delta = cursor.varint();
  const offset = place.baseOffset + cursor.varint();
  if (offset >= place.from) {
    const timestampMs = place.appendedMs ?? place.baseTimestampMs + delta;
    const key = base64(cursor);
    const value = base64(cursor);
    into.push({ offset, timestampMs, key, value, headers: eventHeaders(cursor) });
  }
  cursor.at = end;
}

function base64(cursor: ByteCursor): string | null {
  const length = cursor.varint();
  if (length < 0) return null;
  const at = cursor.skip(length);
  return cursor.bytes.toString('base64', at, at + length);
}

interface KnownHeader {
  readonly name: string;
  readonly bytes: Buffer;
  /** The value before, for headers whose value repeats from record to record. */
  last: { readonly bytes: Buffer; readonly text: string } | undefined;
}

const noValue = { bytes: Buffer.alloc(0), text: '' };

/** The headers that the lake has columns for. */
const knownHeaders: readonly KnownHeader[] = [
  ...[headers.id, headers.time, headers.subject, headers.traceparent].map((name) => ({ name, last: undefined })),
  ...[headers.source, headers.type, headers.contentType, headers.addressedTo].map((name) => ({ name, last: noValue })),
].map((header) => ({ ...header, bytes: Buffer.from(header.name) }));

/** Headers that the lake has columns for, as text; the others are passed over. */
function eventHeaders(cursor: ByteCursor): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let left = cursor.varint(); left > 0; left -= 1) {
    const nameLength = cursor.varint();
    const name = cursor.skip(nameLength);
    const length = cursor.varint();
    if (length < 0) continue;
    const value = cursor.skip(length);
    const header = knownHeader(cursor.bytes, name, name + nameLength);
    if (header !== undefined) found[header.name] = textOf(header, cursor.bytes, [value, value + length]);
  }
  return found;
}

function knownHeader(bytes: Buffer, start: number, end: number): KnownHeader | undefined {
  for (const header of knownHeaders) {
    // Lengths and last characters tell nearly all names apart before bytes are compared.
    if (header.bytes.length !== end - start || header.bytes[end - start - 1] !== bytes[end - 1]) continue;
    if (bytes.compare(header.bytes, 0, header.bytes.length, start, end) === 0) return header;
  }
  return undefined;
}

/** A repeated value gives the string it gave before. */
function textOf(header: KnownHeader, bytes: Buffer, [start, end]: readonly [number, number]): string {
  const { last } = header;
  if (last === undefined) return bytes.toString('utf8', start, end);
  if (last.bytes.length === end - start && bytes.compare(last.bytes, 0, end - start, start, end) === 0)
    return last.text;
  // Copied: a view would keep the broker's whole answer in memory.
  header.last = { bytes: Buffer.from(bytes.subarray(start, end)), text: bytes.toString('utf8', start, end) };
  return header.last.text;
}
