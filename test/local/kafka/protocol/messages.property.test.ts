import { describe, expect, test } from '@jest/globals';
import { crc32c as foreignCrc32c } from '@platformatic/kafka';
import * as fc from 'fast-check';
import { servedApis } from '../../../../src/local/kafka/apis/registry.ts';
import { Frames } from '../../../../src/local/kafka/network/frames.ts';
import { crc32c } from '../../../../src/local/kafka/protocol/crc32c.ts';
import { clientCodec, readHeader, serverCodec } from '../../../../src/local/kafka/protocol/message.ts';
import { int32, nullableString, string } from '../../../../src/local/kafka/protocol/primitives.ts';
import { Reader } from '../../../../src/local/kafka/protocol/reader.ts';
import {
  batchFault,
  isIntact,
  makeBatch,
  placeBatch,
  readBatchHeader,
} from '../../../../src/local/kafka/protocol/record-batch.ts';
import { encodeRecords, readRecords } from '../../../../src/local/kafka/protocol/records.ts';
import { array, since, struct, tagged } from '../../../../src/local/kafka/protocol/schema.ts';
import { Writer } from '../../../../src/local/kafka/protocol/writer.ts';
import { codedErrorOf } from '../../../make/coded-error.ts';
import { sampleRequests } from '../all-apis.ts';

const roundTrip = <T>(write: (writer: Writer) => void, read: (reader: Reader) => T): T => {
  const writer = new Writer(1);
  write(writer);
  const reader = new Reader(writer.toBuffer());
  const value = read(reader);
  expect(reader.remaining).toBe(0);
  return value;
};

/** A list whose elements have one field more from version 2 on. */
const growing = (version: number) => array(struct({ a: int32, b: since(2, int32, -1) })).codec(version, false)!;

describe('messages', () => {
  test('of every API in every version read back what was written', () => {
    expect(new Set(sampleRequests.map(([api]) => api.key))).toEqual(new Set(servedApis().map(({ key }) => key)));
    for (const [api, request] of sampleRequests) {
      for (let version = api.minVersion; version <= api.maxVersion; version++) {
        const client = clientCodec(api, version);
        const frame = Buffer.concat(client.writeRequest(9, 'me', request as never)).subarray(4);
        const reader = new Reader(frame);
        expect(readHeader(reader)).toEqual({ apiKey: api.key, apiVersion: version, correlationId: 9, clientId: 'me' });
        const read = serverCodec(api).readRequest(reader, version);
        expect(Buffer.concat(client.writeRequest(9, 'me', read)).subarray(4)).toEqual(frame);
      }
    }
  });

  test('cut short anywhere are a coded error, never a wrong value', () => {
    for (const [api, request] of sampleRequests) {
      const frame = Buffer.concat(clientCodec(api, api.maxVersion).writeRequest(9, 'me', request as never)).subarray(4);
      for (let length = 0; length < frame.length; length++) {
        const error = codedErrorOf(() => {
          const reader = new Reader(frame.subarray(0, length));
          readHeader(reader);
          serverCodec(api).readRequest(reader, api.maxVersion);
        });
        expect(error.code).toBe('EVENTBUS_BROKER_FRAME_MALFORMED');
      }
    }
  });

  test('skip tagged fields they do not know, and leave out those that say nothing', () => {
    const wide = struct({ a: int32, known: tagged(1, 0, string), extra: tagged(7, 0, nullableString) });
    const narrow = struct({ a: int32, known: tagged(1, 0, string) });
    const write = (value: { a: number; known: string; extra: string | null }) => {
      const writer = new Writer();
      wide.codec(0, true)!.write(writer, value);
      return writer.toBuffer();
    };
    const bytes = write({ a: 1, known: 'k', extra: 'unknown to the reader' });
    expect(narrow.codec(0, true)!.read(new Reader(bytes))).toEqual({ a: 1, known: 'k' });
    expect(write({ a: 1, known: '', extra: null })).toEqual(Buffer.from([0, 0, 0, 1, 0]));
  });

  test('have fields only in the versions that have them', () => {
    const bytes = (version: number) => {
      const writer = new Writer();
      growing(version).write(writer, [{ a: 1, b: 2 }]);
      return writer.toBuffer();
    };
    expect(bytes(1)).toHaveLength(8);
    expect(bytes(2)).toHaveLength(12);
    expect(growing(1).read(new Reader(bytes(1)))).toEqual([{ a: 1, b: -1 }]);
  });
});

describe('primitives', () => {
  test('keep every whole number that offsets, times and ids can be', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(
          roundTrip(
            (w) => w.int64(value),
            (r) => r.int64(),
          ),
        ).toBe(value);
        const long = Math.trunc(value / 4);
        expect(
          roundTrip(
            (w) => w.varlong(long),
            (r) => r.varlong(),
          ),
        ).toBe(long + 0);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        expect(
          roundTrip(
            (w) => w.unsignedVarint(value),
            (r) => r.unsignedVarint(),
          ),
        ).toBe(value);
      }),
    );
  });

  test('keep every text, in both encodings', () => {
    fc.assert(
      fc.property(fc.option(fc.string({ unit: 'grapheme' })), fc.boolean(), (value, flexible) => {
        const codec = nullableString.codec(0, flexible)!;
        expect(roundTrip((w) => codec.write(w, value), codec.read)).toBe(value);
      }),
    );
  });

  test('refuse numbers that never end', () => {
    const endless = Buffer.alloc(20, 0xff);
    expect(codedErrorOf(() => new Reader(endless).unsignedVarint()).message).toContain('more than 5 bytes');
    expect(codedErrorOf(() => new Reader(endless).varlong()).message).toContain('more than 10 bytes');
  });
});

describe('frames', () => {
  test('come out whole however the stream was cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (bodies, cuts) => {
        const stream = Buffer.concat(
          bodies.flatMap((body) => {
            const length = Buffer.alloc(4);
            length.writeInt32BE(body.length);
            return [length, body];
          }),
        );
        const received = new Frames();
        const found: Buffer[] = [];
        for (let at = 0, cut = 0; at < stream.length; cut++) {
          const size = cuts[cut % cuts.length]!;
          received.add(stream.subarray(at, at + size));
          at += size;
          for (let length = received.nextLength(); length !== undefined; length = received.nextLength()) {
            const frame = received.next(length);
            if (frame === undefined) break;
            found.push(frame);
          }
        }
        expect(found.map((frame) => [...frame])).toEqual(bodies.map((body) => [...body]));
      }),
    );
  });
});

describe('record batches', () => {
  test('have the checksum of the Castagnoli polynomial', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(crc32c(bytes)).toBe(foreignCrc32c(Buffer.from(bytes)) >>> 0);
      }),
    );
  });

  test('are intact at the offset they were placed at, and nowhere else', () => {
    const offsets = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(offsets, fc.nat(), fc.nat(), (offset, byte, bit) => {
        const batch = makeBatch({ records: Buffer.from('some records'), recordCount: 3, baseTimestamp: 5 });
        placeBatch(batch, offset);
        expect(readBatchHeader(batch)).toMatchObject({ baseOffset: offset, lastOffsetDelta: 2, recordCount: 3 });
        expect(isIntact(batch, offset)).toBe(true);
        batch[byte % batch.length]! ^= 1 << (bit % 8);
        expect(isIntact(batch, offset)).toBe(false);
      }),
    );
  });

  test('of any bytes have a fault or are whole, and never make the check fail', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(batchFault(Buffer.from(bytes))).toBeDefined();
      }),
    );
  });

  test('give back the records they were made of', () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 40 }));
    const record = fc.record({ key: bytes, value: bytes, timestampDelta: fc.integer() });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), (records) => {
        const batch = makeBatch({ records: encodeRecords(records), recordCount: records.length, baseTimestamp: 0 });
        const read = readRecords(batch, 'none', records.length);
        expect(
          read.map(({ key, valueIsNull, timestampDelta, offsetDelta }) => ({
            key: key === null ? null : [...key],
            valueIsNull,
            timestampDelta,
            offsetDelta,
          })),
        ).toEqual(
          records.map(({ key, value, timestampDelta }, offsetDelta) => ({
            key: key === null ? null : [...key],
            valueIsNull: value === null,
            timestampDelta,
            offsetDelta,
          })),
        );
      }),
    );
  });
});
