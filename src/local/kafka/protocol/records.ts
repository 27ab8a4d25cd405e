import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Reader } from './reader.ts';
import { batchHeaderBytes, type Compression } from './record-batch.ts';
import { Writer } from './writer.ts';

/** One record inside a batch. */
export interface StoredRecord {
  /** The record's own bytes, length included: valid in any batch with the same base offset and base timestamp. */
  readonly bytes: Buffer;
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  /** A tombstone: says that the key is gone. */
  readonly valueIsNull: boolean;
}

/** No batch may unpack to more than this; a compressed one that does is left alone. */
const maxUnpackedBytes = 64 * 1024 * 1024;

const codecs: Readonly<
  Partial<Record<Compression, { unpack: (bytes: Buffer) => Buffer; pack: (bytes: Buffer) => Buffer }>>
> = {
  none: { unpack: (bytes) => bytes, pack: (bytes) => bytes },
  gzip: {
    unpack: (bytes) => gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes }),
    pack: (bytes) => gzipSync(bytes),
  },
  zstd: {
    unpack: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: maxUnpackedBytes }),
    pack: (bytes) => zstdCompressSync(bytes),
  },
};

/** Whether records of this compression can be read here; snappy and lz4 cannot, such batches are kept whole. */
export const canReadRecords = (compression: Compression): boolean => codecs[compression] !== undefined;

/** The bytes that follow the batch's header, uncompressed. Throws when they cannot be. */
export function unpackRecords(batch: Buffer, compression: Compression): Buffer {
  const codec = codecs[compression];
  if (codec === undefined) throw new RangeError(`records compressed with ${compression} cannot be read`);
  return codec.unpack(batch.subarray(batchHeaderBytes));
}

/** The records of a batch. Throws when they cannot be read. */
export function readRecords(batch: Buffer, compression: Compression, count: number): readonly StoredRecord[] {
  const reader = new Reader(unpackRecords(batch, compression));
  const records: StoredRecord[] = [];
  for (let index = 0; index < count; index++) records.push(readRecord(reader));
  if (reader.remaining > 0) throw reader.malformed('bytes follow the last record');
  return records;
}

function readRecord(reader: Reader): StoredRecord {
  const start = reader.position;
  const length = reader.varlong();
  const end = reader.position + length;
  reader.int8();
  const timestampDelta = reader.varlong();
  const offsetDelta = reader.varlong();
  const keyLength = reader.varlong();
  const key = keyLength < 0 ? null : reader.bytes(keyLength);
  const valueLength = reader.varlong();
  reader.skip(end - reader.position);
  return {
    bytes: reader.buffer.subarray(start, end),
    timestampDelta,
    offsetDelta,
    key,
    valueIsNull: valueLength < 0,
  };
}

/** The bytes that follow a batch's header, for these records. */
export const packRecords = (records: readonly StoredRecord[], compression: Compression): Buffer => {
  const bytes = Buffer.concat(records.map((record) => record.bytes));
  return codecs[compression]?.pack(bytes) ?? bytes;
};

export interface NewRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestampDelta?: number;
  readonly headers?: Readonly<Record<string, Uint8Array>>;
}

function writeSized(writer: Writer, value: Uint8Array | null): void {
  writer.varlong(value === null ? -1 : value.length);
  if (value !== null) writer.bytes(value);
}

/** Records as a producer writes them, with offsets 0, 1, 2 … */
export function encodeRecords(records: readonly NewRecord[]): Buffer {
  const all = new Writer(1024);
  for (const [index, record] of records.entries()) {
    const body = new Writer(128);
    body.int8(0);
    body.varlong(record.timestampDelta ?? 0);
    body.varlong(index);
    writeSized(body, record.key);
    writeSized(body, record.value);
    const headers = Object.entries(record.headers ?? {});
    body.varlong(headers.length);
    for (const [name, value] of headers) {
      writeSized(body, Buffer.from(name));
      writeSized(body, value);
    }
    const bytes = body.toBuffer();
    all.varlong(bytes.length);
    all.bytes(bytes);
  }
  return all.toBuffer();
}
