import { compressionsAlgorithms, crc32c } from '@platformatic/kafka';
import type { AnyOutgoingRecord } from './outgoing.ts';
import { encodeRecord } from './record-encoding.ts';

/** Bytes of a record batch (magic 2) before its records. */
export const batchHeaderBytes = 61;

/** Where the checksummed part begins. */
const attributesAt = 21;
const initialBytes = 4096;

export type Compression = 'none' | 'lz4' | 'zstd' | 'gzip' | 'snappy';

/** Who writes a batch, as the log checks it: gaps are refused, repetitions are acknowledged and not stored again. */
export interface ProducerStamp {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Sequence number of the first record within its partition. */
  readonly sequence: number;
}

/** Records of one partition, encoded as they come, and sealed with a producer's stamp to be sent. */
export class RecordBatch {
  #bytes = Buffer.allocUnsafe(initialBytes);
  #end = batchHeaderBytes;
  #firstTimestampMs = 0;
  #lastTimestampMs = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Bytes so far, not compressed. */
  get byteLength(): number {
    return this.#end;
  }

  /** `boundBytes` is what `maxRecordBytes` says of the record. */
  append(record: AnyOutgoingRecord, timestampMs: number, boundBytes: number): void {
    if (this.#count === 0) this.#firstTimestampMs = timestampMs;
    if (timestampMs > this.#lastTimestampMs) this.#lastTimestampMs = timestampMs;
    const encoded = encodeRecord(record, {
      offsetDelta: this.#count,
      timestampDelta: timestampMs - this.#firstTimestampMs,
      boundBytes,
    });
    const length = encoded.end - encoded.start;
    this.#reserve(length);
    encoded.bytes.copy(this.#bytes, this.#end, encoded.start, encoded.end);
    this.#end += length;
    this.#count += 1;
  }

  /** Fills the header in; the batch takes no more records afterwards. May be sealed again with another stamp. */
  seal(stamp: ProducerStamp, compression: Compression): Buffer {
    const { records, codec } = this.#packed(compression);
    const batch = records ?? this.#bytes.subarray(0, this.#end);
    batch.writeBigInt64BE(0n, 0);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(-1, 12);
    batch.writeInt8(2, 16);
    batch.writeInt16BE(codec, attributesAt);
    batch.writeInt32BE(this.#count - 1, 23);
    batch.writeBigInt64BE(BigInt(this.#firstTimestampMs), 27);
    batch.writeBigInt64BE(BigInt(this.#lastTimestampMs), 35);
    batch.writeBigInt64BE(stamp.producerId, 43);
    batch.writeInt16BE(stamp.producerEpoch, 51);
    batch.writeInt32BE(stamp.sequence, 53);
    batch.writeInt32BE(this.#count, 57);
    batch.writeUInt32BE(crc32c(batch.subarray(attributesAt)), 17);
    return batch;
  }

  /** The records behind room for a header when they are packed; `codec` is Kafka's number of the algorithm. */
  #packed(compression: Compression): { readonly records?: Buffer; readonly codec: number } {
    const algorithm = compressionsAlgorithms[compression];
    if (compression === 'none') return { codec: 0 };
    const packed = algorithm.compressSync(this.#bytes.subarray(batchHeaderBytes, this.#end));
    return { records: Buffer.concat([Buffer.alloc(batchHeaderBytes), packed]), codec: algorithm.bitmask };
  }

  #reserve(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
