import { createRecordsBatch, type MessageRecord } from '@platformatic/kafka';

export interface TestRecord {
  readonly key?: string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  readonly timestampMs?: number;
}

export interface BatchOptions {
  readonly baseOffset?: number;
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /** Bits to set in the batch's attributes: 8 log append time, 32 control. */
  readonly attributes?: number;
}

/** A record batch as the Kafka client writes it, at the given offset. */
export function kafkaBatch(records: readonly TestRecord[], options: BatchOptions = {}): Buffer {
  const messages = records.map(({ key = 'k', value = 'v', headers = {}, timestampMs = 1_700_000_000_000 }) => ({
    topic: 't',
    partition: 0,
    timestamp: BigInt(timestampMs),
    ...(key === null ? {} : { key: Buffer.from(key) }),
    ...(value === null ? {} : { value: Buffer.from(value) }),
    headers: new Map(Object.entries(headers).map(([name, bytes]) => [Buffer.from(name), Buffer.from(bytes)])),
  })) as MessageRecord[];
  const { compression = 'none', baseOffset = 0, attributes = 0 } = options;
  const bytes = Buffer.from(createRecordsBatch(messages, { compression }).buffer);
  bytes.writeBigInt64BE(BigInt(baseOffset), 0);
  bytes.writeInt16BE(bytes.readInt16BE(21) | attributes, 21);
  return bytes;
}
