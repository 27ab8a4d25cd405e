import { describe, expect, test } from '@jest/globals';
import { crc32c, createRecordsBatch } from '@platformatic/kafka';
import { batchRecords } from '../../../src/local/delivery/batch-records.ts';

type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** A batch as a producer writes it and a broker stores it, beginning at an offset. */
function batch(
  count: number,
  { at = 0, compression = 'none' }: { at?: number; compression?: Compression } = {},
): Buffer {
  const messages = Array.from({ length: count }, (_, index) => ({
    topic: 't',
    key: index % 2 === 0 ? Buffer.from(`k${index}`) : undefined,
    value: Buffer.from(`value ${index}`),
    timestamp: BigInt(1_000_000 + index * 7),
    headers: new Map([
      [Buffer.from('ce_id'), Buffer.from(`id-${index}`)],
      [Buffer.from('ce_type'), Buffer.from('same')],
      [Buffer.from('other'), Buffer.from('x')],
    ]),
  }));
  const bytes = Buffer.from(createRecordsBatch(messages as never, { compression }).buffer);
  bytes.writeBigInt64BE(BigInt(at), 0);
  return bytes;
}

const text = (base64: string | null | undefined) => Buffer.from(base64 ?? '', 'base64').toString();

describe('records of a stored batch', () => {
  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('come out whole, compressed by %s', (compression) => {
    const { records, next } = batchRecords(batch(3, { at: 40, compression }), 0);
    expect(next).toBe(43);
    expect(
      records.map(({ offset, timestampMs, key, value }) => [offset, timestampMs, key && text(key), text(value)]),
    ).toEqual([
      [40, 1_000_000, 'k0', 'value 0'],
      [41, 1_000_007, null, 'value 1'],
      [42, 1_000_014, 'k2', 'value 2'],
    ]);
    expect(records.map(({ headers }) => headers)).toEqual(
      [0, 1, 2].map((index) => ({ ce_id: `id-${index}`, ce_type: 'same' })),
    );
  });

  test('begin at the offset asked, over several batches, without one that is cut', () => {
    const bytes = Buffer.concat([batch(3), batch(2, { at: 3 }), batch(5, { at: 5 }).subarray(0, 100)]);
    const { records, next } = batchRecords(bytes, 2);
    expect(records.map(({ offset }) => offset)).toEqual([2, 3, 4]);
    expect(next).toBe(5);
  });

  test('leave out control batches but not their offsets', () => {
    const bytes = batch(1, { at: 9 });
    bytes.writeInt16BE(1 << 5, 21);
    bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
    expect(batchRecords(bytes, 9)).toEqual({ records: [], next: 10 });
  });

  test('carry the broker’s time where the topic says so', () => {
    const bytes = batch(2);
    bytes.writeInt16BE(1 << 3, 21);
    bytes.writeBigInt64BE(5_000_000n, 35);
    bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
    expect(batchRecords(bytes, 0).records.map(({ timestampMs }) => timestampMs)).toEqual([5_000_000, 5_000_000]);
  });

  test('are refused with the batch’s offset when any bit is flipped', () => {
    for (const at of [16, 17, 25, 61, 70, 90]) {
      const bytes = batch(3, { at: 12 });
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      expect(() => batchRecords(bytes, 0)).toThrow(
        expect.objectContaining({
          code: 'EVENTBUS_KAFKA_RECORDS_CORRUPT',
          message: expect.stringContaining('batch at offset 12'),
        }),
      );
    }
  });
});
