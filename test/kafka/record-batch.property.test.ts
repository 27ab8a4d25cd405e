import { describe, expect, test } from '@jest/globals';
import { Reader, readRecordsBatches } from '@platformatic/kafka';
import * as fc from 'fast-check';
import { AppError } from '../../src/core/errors/app-error.ts';
import type { AnyOutgoingRecord, RecordHeaders } from '../../src/kafka/outgoing.ts';
import { type Compression, RecordBatch } from '../../src/kafka/record-batch.ts';
import { decodeBatches } from '../../src/kafka/record-decoding.ts';
import { maxRecordBytes } from '../../src/kafka/record-encoding.ts';

const compressions = ['none', 'lz4', 'zstd', 'gzip', 'snappy'] as const;
const text = fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 120 }));
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const record: fc.Arbitrary<AnyOutgoingRecord> = fc.record({
  topic: fc.constant('t'),
  key: fc.oneof(fc.constant(null), text, bytes),
  value: fc.oneof(fc.constant(null), bytes),
  headers: fc.oneof(fc.dictionary(text, text, { maxKeys: 6 }), fc.array(fc.tuple(text, bytes), { maxLength: 6 })),
});
const records = fc.array(fc.tuple(record, fc.nat(100_000)), { minLength: 1, maxLength: 12 });
const stamp = { producerId: 7n, producerEpoch: 1, sequence: 40 };
const place = { topic: 't', partition: 0, from: 0, to: Infinity };

function sealed(entries: readonly (readonly [AnyOutgoingRecord, number])[], compression: Compression): Buffer {
  const batch = new RecordBatch();
  for (const [entry, delay] of entries) batch.append(entry, 1_700_000_000_000 + delay, maxRecordBytes(entry));
  return batch.seal(stamp, compression);
}

const asPairs = (headers: RecordHeaders) =>
  (Array.isArray(headers) ? headers : Object.entries(headers)).map(([name, value]) => [name, Buffer.from(value)]);
const asBytes = (value: Buffer | string | null) => (value === null ? null : Buffer.from(value));

describe('a record batch', () => {
  test('is read back as it was by the Kafka client and by the reader, however it is compressed', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...compressions), (entries, compression) => {
        const batch = sealed(entries, compression);
        const [theirs] = readRecordsBatches(Reader.from(Buffer.from(batch)));
        expect(theirs).toMatchObject({ producerId: 7n, producerEpoch: 1, firstSequence: 40 });
        expect(theirs?.records.map(({ key, value }) => [key, value])).toEqual(
          entries.map(([{ key, value }]) => [asBytes(key), value]),
        );
        const ours = decodeBatches(batch, place);
        expect(ours.next).toBe(entries.length);
        expect(ours.records).toEqual(
          entries.map(([{ key, value, headers }, delay], offset) => ({
            topic: 't',
            partition: 0,
            offset,
            timestampMs: 1_700_000_000_000 + delay,
            key: asBytes(key),
            value,
            headers: asPairs(headers),
          })),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('gives no record before or after the range asked for', () => {
    const entries = Array.from({ length: 10 }, () => [{ topic: 't', key: null, value: null, headers: {} }, 0] as const);
    const { records: found } = decodeBatches(sealed(entries, 'none'), { ...place, from: 3, to: 6 });
    expect(found.map(({ offset }) => offset)).toEqual([3, 4, 5]);
  });

  test('that is cut is left for the next answer', () => {
    const batch = sealed([[{ topic: 't', key: 'k', value: Buffer.from('v'), headers: {} }, 0]], 'none');
    const two = Buffer.concat([batch, batch.subarray(0, -1)]);
    expect(decodeBatches(two, place)).toMatchObject({ records: [{ offset: 0 }], next: 1 });
    expect(decodeBatches(batch.subarray(0, 30), place)).toEqual({ records: [], next: undefined });
  });

  test('is refused when any bit of its records is flipped', () => {
    const batch = sealed([[{ topic: 't', key: 'k', value: Buffer.from('v'), headers: { a: 'b' } }, 0]], 'none');
    for (let at = 21; at < batch.length; at += 1) {
      const flipped = Buffer.from(batch);
      flipped[at] = (flipped[at] as number) ^ 0x10;
      expect(() => decodeBatches(flipped, place)).toThrow(/its checksum is wrong/);
    }
  });

  test('with a right checksum over nonsense gives records or a coded error, and ends', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        (body, count) => {
          const batch = withBody(Buffer.from(body), count);
          try {
            decodeBatches(batch, place);
          } catch (error) {
            if (!(error instanceof AppError)) throw error;
            refused += 1;
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(1500);
  });
});

/** A batch whose header is right and whose records are any bytes. */
function withBody(body: Buffer, count: number): Buffer {
  const filler = { topic: 't', key: null, value: body, headers: {} };
  const valid = sealed([[filler, 0]], 'none');
  const batch = Buffer.concat([valid.subarray(0, 61), body]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(count, 57);
  batch.writeUInt32BE(checksum(batch.subarray(21)), 17);
  return batch;
}

/** CRC-32C, bit by bit. */
function checksum(data: Buffer): number {
  let crc = 0xffff_ffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
