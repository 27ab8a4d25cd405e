import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka';
import { AppError } from '../core/errors/app-error.ts';

/** A record as stored. Buffers are views into the answer it came in. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Kafka timestamp, ms since 1970-01-01 UTC. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

export interface DecodedBatches {
  readonly records: readonly RawRecord[];
  /** Offset after the last whole batch; undefined when there is none. Compaction leaves offsets without records. */
  readonly next: number | undefined;
}

const headerBytes = 61;
const compressionMask = 0b111;
const logAppendTime = 1 << 3;
const controlBatch = 1 << 5;

/**
 * Records from offset `from` on, below offset `to`, of the whole batches in `bytes`; checks every batch's checksum. Stops
 * before a damaged batch.
 * @throws AppError EVENTBUS_KAFKA_RECORDS_CORRUPT when the first batch is damaged
 */
export function decodeBatches(bytes: Buffer, place: DecodePlace): DecodedBatches {
  const records: RawRecord[] = [];
  let next: number | undefined;
  for (let at = 0; at + headerBytes <= bytes.length; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length || end < at + headerBytes) break;
    const batch = bytes.subarray(at, end);
    const before = records.length;
    try {
      decodeBatch(batch, place, records);
    } catch (error) {
      if (next === undefined) throw corrupt(batch, place, error instanceof Error ? error.message : String(error));
      records.length = before;
      break;
    }
    next = Number(batch.readBigInt64BE(0)) + batch.readInt32BE(23) + 1;
    at = end;
  }
  return { records, next };
}

export interface DecodePlace {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

function checkBatch(batch: Buffer): void {
  const magic = batch[16];
  if (magic !== 2) throw new RangeError(`format ${magic} is not known`);
  if (crc32c(batch.subarray(21)) !== batch.readUInt32BE(17)) throw new RangeError('its checksum is wrong');
}

function corrupt(batch: Buffer, { topic, partition }: DecodePlace, reason: string): AppError {
  const offset = Number(batch.readBigInt64BE(0));
  const what = `${topic} partition ${partition}, batch at offset ${offset}: ${reason}`;
  return new AppError('EVENTBUS_KAFKA_RECORDS_CORRUPT', what, { details: { topic, partition, offset } });
}

function decodeBatch(batch: Buffer, place: DecodePlace, into: RawRecord[]): void {
  checkBatch(batch);
  const attributes = batch.readInt16BE(21);
  if (attributes & controlBatch) return;
  const codec = attributes & compressionMask;
  const body = batch.subarray(headerBytes);
  const reader = new RecordReader(codec === 0 ? body : unpacked(body, codec));
  const appended = attributes & logAppendTime ? Number(batch.readBigInt64BE(35)) : undefined;
  const first = { offset: Number(batch.readBigInt64BE(0)), timestampMs: Number(batch.readBigInt64BE(27)) };
  const { topic, partition, from, to } = place;
  for (let left = batch.readInt32BE(57); left > 0; left -= 1) {
    const end = reader.varint() + reader.at;
    // Never backwards: a count of 2^31 must not make the same bytes be read again and again.
    if (end <= reader.at || end > reader.length) pastEnd();
    reader.at += 1;
    const timestampMs = appended ?? first.timestampMs + reader.varint();
    if (appended !== undefined) reader.varint();
    const offset = first.offset + reader.varint();
    if (offset >= from && offset < to) {
      const key = reader.bytes();
      const value = reader.bytes();
      into.push({ topic, partition, offset, timestampMs, key, value, headers: reader.headers() });
    }
    reader.at = end;
  }
}

function unpacked(body: Buffer, codec: number): Buffer {
  const algorithms: Readonly<Record<number, { decompressSync(data: Buffer): Buffer }>> =
    compressionsAlgorithmsByBitmask;
  const algorithm = algorithms[codec];
  if (algorithm === undefined) throw new RangeError(`compression ${codec} is not known`);
  return algorithm.decompressSync(body);
}

/** Reads the parts of records one after another; reading past the end throws, so that no count is believed for long. */
class RecordReader {
  at = 0;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  get length(): number {
    return this.#buffer.length;
  }

  /** Zigzag varint; multiplied, not shifted, beyond 28 bits, because timestamps may differ by more than 2^31. */
  varint(): number {
    const buffer = this.#buffer;
    let byte = buffer[this.at++] ?? pastEnd();
    if (byte < 0x80) return (byte >> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = buffer[this.at++] ?? pastEnd();
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.at;
    this.at += length;
    return this.#buffer.subarray(start, this.at);
  }

  headers(): (readonly [string, Buffer | null])[] {
    const headers: (readonly [string, Buffer | null])[] = [];
    for (let left = this.varint(); left > 0; left -= 1) headers.push([this.#name(), this.bytes()]);
    return headers;
  }

  /** Names repeat from record to record, so the last ones are remembered. */
  #name(): string {
    const length = this.varint();
    const start = this.at;
    this.at += length;
    for (const { text, bytes } of knownNames) {
      if (bytes.length === length && bytes.compare(this.#buffer, start, this.at) === 0) return text;
    }
    const text = this.#buffer.toString('utf8', start, this.at);
    if (knownNames.length < maxKnownNames) knownNames.push({ text, bytes: Buffer.from(text) });
    return text;
  }
}

function pastEnd(): never {
  throw new RangeError('a record reaches past the end of its batch');
}

const maxKnownNames = 16;
const knownNames: { readonly text: string; readonly bytes: Buffer }[] = [];
