import { crc32c } from './crc32c.ts';
import { wireError } from './error-codes.ts';

/** Bytes before the first record of a batch of format version 2. */
export const batchHeaderBytes = 61;
const lengthCoversFrom = 12;
const crcCoversFrom = 21;

const at = { length: 8, leaderEpoch: 12, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23 } as const;
const atTimes = { baseTimestamp: 27, maxTimestamp: 35 } as const;
const atProducer = { id: 43, epoch: 51, baseSequence: 53, recordCount: 57 } as const;

const logAppendTimeBit = 0x08;
const twoTo32 = 4_294_967_296;

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | 'unknown';
const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** The facts of a batch that the broker needs, read from its header. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly compression: Compression;
  readonly logAppendTime: boolean;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Clamped to what a number holds exactly; only nonsense is further from 1970 than that. */
function int64At(batch: Buffer, position: number): number {
  const value = batch.readInt32BE(position) * twoTo32 + batch.readUInt32BE(position + 4);
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}

export function readBatchHeader(batch: Buffer): BatchHeader {
  const attributes = batch.readInt16BE(at.attributes);
  return {
    baseOffset: int64At(batch, 0),
    compression: compressions[attributes & 0x07] ?? 'unknown',
    logAppendTime: (attributes & logAppendTimeBit) !== 0,
    transactional: (attributes & 0x10) !== 0,
    control: (attributes & 0x20) !== 0,
    lastOffsetDelta: batch.readInt32BE(at.lastOffsetDelta),
    baseTimestamp: int64At(batch, atTimes.baseTimestamp),
    maxTimestamp: int64At(batch, atTimes.maxTimestamp),
    producerId: int64At(batch, atProducer.id),
    producerEpoch: batch.readInt16BE(atProducer.epoch),
    baseSequence: batch.readInt32BE(atProducer.baseSequence),
    recordCount: batch.readInt32BE(atProducer.recordCount),
  };
}

export interface BatchFault {
  readonly error: number;
  readonly why: string;
}

const fault = (error: number, why: string): BatchFault => ({ error, why });

/** Why these bytes are not exactly one whole, undamaged batch of format version 2; undefined when they are. */
export function batchFault(batch: Buffer): BatchFault | undefined {
  // In every message format byte 16 says which format it is.
  if (batch.length > at.magic && batch[at.magic]! < 2) {
    return fault(wireError.unsupportedForMessageFormat, `message format ${batch[at.magic]} is older than 2`);
  }
  if (batch.length < batchHeaderBytes) {
    return fault(wireError.corruptMessage, `${batch.length} bytes are no record batch`);
  }
  const length = batch.readInt32BE(at.length) + lengthCoversFrom;
  if (length < batchHeaderBytes || length > batch.length) {
    return fault(wireError.corruptMessage, `the batch announces ${length} bytes and has ${batch.length}`);
  }
  if (length < batch.length) {
    return fault(wireError.invalidRecord, 'a partition must carry exactly one record batch in a request');
  }
  if (batch[at.magic] !== 2) {
    return fault(wireError.unsupportedForMessageFormat, `message format ${batch[at.magic]} is unknown`);
  }
  if (crc32c(batch, crcCoversFrom) !== batch.readUInt32BE(at.crc)) {
    return fault(wireError.corruptMessage, 'the CRC-32C of the batch does not match');
  }
  return undefined;
}

/** The offset and leader epoch are outside the CRC, so they are set in place. */
export function placeBatch(batch: Buffer, baseOffset: number): void {
  batch.writeInt32BE(Math.floor(baseOffset / twoTo32), 0);
  batch.writeUInt32BE(baseOffset % twoTo32, 4);
  batch.writeInt32BE(0, at.leaderEpoch);
}

/** Whether a stored batch is still what was stored at `baseOffset`. */
export const isIntact = (batch: Buffer, baseOffset: number): boolean =>
  batchFault(batch) === undefined && int64At(batch, 0) === baseOffset && batch.readInt32BE(at.leaderEpoch) === 0;

/** Marks every record of the batch as appended at `timestampMs`, as topics with LogAppendTime want. */
export function stampAppendTime(batch: Buffer, timestampMs: number): void {
  batch.writeInt16BE(batch.readInt16BE(at.attributes) | logAppendTimeBit, at.attributes);
  batch.writeBigInt64BE(BigInt(timestampMs), atTimes.maxTimestamp);
  sealBatch(batch);
}

/** Writes the length and the CRC that belong to the other bytes. */
export function sealBatch(batch: Buffer): void {
  batch.writeInt32BE(batch.length - lengthCoversFrom, at.length);
  batch.writeUInt32BE(crc32c(batch, crcCoversFrom), at.crc);
}

/** The same batch with other records: every offset, sequence number and the base timestamp stay. */
export function withRecords(batch: Buffer, records: readonly Uint8Array[], recordCount: number): Buffer {
  const rewritten = Buffer.concat([batch.subarray(0, batchHeaderBytes), ...records]);
  rewritten.writeInt32BE(recordCount, atProducer.recordCount);
  sealBatch(rewritten);
  return rewritten;
}

export interface NewBatch {
  readonly records: Uint8Array;
  readonly recordCount: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly attributes?: number;
}

/** A batch as a producer makes it, with base offset 0. */
export function makeBatch(content: NewBatch): Buffer {
  const batch = Buffer.alloc(batchHeaderBytes + content.records.length);
  batch.writeInt32BE(-1, at.leaderEpoch);
  batch[at.magic] = 2;
  batch.writeInt16BE(content.attributes ?? 0, at.attributes);
  batch.writeInt32BE(content.recordCount - 1, at.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(content.baseTimestamp), atTimes.baseTimestamp);
  batch.writeBigInt64BE(BigInt(content.maxTimestamp ?? content.baseTimestamp), atTimes.maxTimestamp);
  batch.writeBigInt64BE(BigInt(content.producerId ?? -1), atProducer.id);
  batch.writeInt16BE(content.producerEpoch ?? -1, atProducer.epoch);
  batch.writeInt32BE(content.baseSequence ?? -1, atProducer.baseSequence);
  batch.writeInt32BE(content.recordCount, atProducer.recordCount);
  batch.set(content.records, batchHeaderBytes);
  sealBatch(batch);
  return batch;
}
