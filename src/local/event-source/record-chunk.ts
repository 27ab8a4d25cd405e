import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import { AppError } from '../../core/errors/app-error.ts';
import { ByteCursor } from '../../kafka/byte-cursor.ts';
import { headerJsonLength, recordJsonLength } from './payload-size.ts';

/** Records of one Kafka record batch as they were fetched, with an index; the records themselves are not decoded. */
export interface RecordChunk {
  /** The batch's records, uncompressed. */
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly baseTimestampMs: number;
  /** Set when all records carry the time at which the broker appended them. */
  readonly logAppendTimeMs: number | null;
  /** Offset after the batch, whose last records may have been compacted away. */
  readonly nextOffset: number;
  /** Of each record, ascending. */
  readonly offsets: readonly number[];
  /** Place of each record in `bytes`, and the end of the last one. */
  readonly starts: readonly number[];
  /** Upper bound of each record's JSON in the event. */
  readonly jsonLengths: readonly number[];
  /** Time of each record, ms since 1970-01-01 UTC. */
  readonly timestamps: readonly number[];
}

/** A stretch of the log without records. */
export function emptyChunk(nextOffset: number): RecordChunk {
  const nothing = { bytes: Buffer.alloc(0), baseTimestampMs: 0, logAppendTimeMs: null };
  return { ...nothing, baseOffset: nextOffset, nextOffset, offsets: [], starts: [0], jsonLengths: [], timestamps: [] };
}

const headerBytes = 61;
/** Bytes before and including the length field. */
const lengthEnd = 12;
const magic2 = 2;
const compressionMask = 0b111;
const logAppendTimeBit = 0b1000;
const controlBit = 0b100000;

/** Reads the whole record batches in a fetched partition, from `fromOffset` on; a batch cut at the end is left out. */
export function readRecordChunks(topic: string, bytes: Buffer, fromOffset: number): RecordChunk[] {
  const chunks: RecordChunk[] = [];
  let at = 0;
  while (at + headerBytes <= bytes.length) {
    const end = at + lengthEnd + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    if (end < at + headerBytes) throw new AppError('EVENTBUS_SOURCE_BATCH', `a batch of ${topic} is too short`);
    const chunk = readChunk(topic, bytes.subarray(at, end), fromOffset);
    if (chunk.nextOffset > fromOffset) chunks.push(chunk);
    at = end;
  }
  return chunks;
}

function readChunk(topic: string, batch: Buffer, fromOffset: number): RecordChunk {
  const cursor = new ByteCursor(batch);
  const baseOffset = cursor.int64();
  cursor.skip(8);
  const magic = cursor.int8();
  if (magic !== magic2) {
    throw new AppError(
      'EVENTBUS_SOURCE_BATCH',
      `offset ${baseOffset} of ${topic} has message format ${magic}, wanted 2`,
    );
  }
  cursor.skip(4);
  const attributes = cursor.int16();
  const nextOffset = baseOffset + cursor.int32() + 1;
  const baseTimestampMs = cursor.int64();
  const maxTimestampMs = cursor.int64();
  cursor.skip(14);
  const count = cursor.int32();
  const control = (attributes & controlBit) !== 0;
  const logAppendTimeMs = (attributes & logAppendTimeBit) === 0 ? null : maxTimestampMs;
  const bytes = control ? Buffer.alloc(0) : uncompressed(batch.subarray(cursor.at), attributes & compressionMask);
  return {
    bytes,
    baseOffset,
    baseTimestampMs,
    logAppendTimeMs,
    nextOffset,
    ...indexRecords(topic, { bytes, count: control ? 0 : count, baseOffset, fromOffset }, (delta) =>
      logAppendTimeMs === null ? baseTimestampMs + delta : logAppendTimeMs,
    ),
  };
}

function uncompressed(bytes: Buffer, compression: number): Buffer {
  if (compression === 0) return bytes;
  const algorithm = compressionsAlgorithmsByBitmask[String(compression)];
  if (algorithm === undefined) throw new AppError('EVENTBUS_SOURCE_BATCH', `unknown compression ${compression}`);
  try {
    return algorithm.decompressSync(bytes);
  } catch (cause) {
    throw new AppError('EVENTBUS_SOURCE_BATCH', `decompression failed: ${(cause as Error).message}`, { cause });
  }
}

interface RecordArea {
  readonly bytes: Buffer;
  readonly count: number;
  readonly baseOffset: number;
  readonly fromOffset: number;
}

function indexRecords(
  topic: string,
  { bytes, count, baseOffset, fromOffset }: RecordArea,
  timeOf: (delta: number) => number,
) {
  const offsets: number[] = [];
  const starts: number[] = [];
  const jsonLengths: number[] = [];
  const timestamps: number[] = [];
  const cursor = new ByteCursor(bytes);
  for (let index = 0; index < count; index += 1) {
    const start = cursor.at;
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.skip(1);
    const timestamp = timeOf(cursor.varint());
    const offset = baseOffset + cursor.varint();
    if (offset >= fromOffset) {
      timestamps.push(timestamp);
      offsets.push(offset);
      starts.push(start);
      jsonLengths.push(jsonLength(topic, cursor));
    }
    cursor.at = end;
  }
  if (cursor.at > bytes.length) throw new AppError('EVENTBUS_SOURCE_BATCH', `a record of ${topic} is cut`);
  starts.push(cursor.at);
  return { offsets, starts, jsonLengths, timestamps };
}

function jsonLength(topic: string, cursor: ByteCursor): number {
  const keyBytes = cursor.varint();
  cursor.skip(Math.max(0, keyBytes));
  const valueBytes = cursor.varint();
  cursor.skip(Math.max(0, valueBytes));
  let length = recordJsonLength(topic, keyBytes, valueBytes);
  for (let left = cursor.varint(); left > 0; left -= 1) {
    const nameBytes = cursor.varint();
    cursor.skip(nameBytes);
    const bytes = Math.max(0, cursor.varint());
    const start = cursor.skip(bytes);
    length += headerJsonLength(cursor.bytes, nameBytes, [start, start + bytes]);
  }
  return length;
}
