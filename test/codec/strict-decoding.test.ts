import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import type { Events, SensorReading, Subject } from '../../src/catalogue/events.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { derivedSchemaIds } from '../../src/codec/schema-ids.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const codec = makeCodec();
const reading: SensorReading = {
  sensorId: 'hall-3',
  time: '2026-03-01T10:00:00+01:00',
  sequence: 17,
  metric: 'temperature',
  value: 21.5,
  unit: 'C',
};
const encoded = () => Buffer.from(codec.encode('SensorReading', reading));
const packed = () => Buffer.from(codec.encode('SensorReading', reading, { compression: 'zlib' }));
const framed = (body: Buffer) => Buffer.concat([packed().subarray(0, 18), body]);
const codeOf = (bytes: Buffer) => codedErrorOf(() => codec.decode('SensorReading', bytes)).code;

describe('the Glue frame', () => {
  test('is byte 3, the compression byte and the schema-version UUID', () => {
    const bytes = encoded();
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([3, 0]));
    expect(codec.encode('SensorReading', reading, { compression: 'zlib' }).subarray(0, 2)).toEqual(Buffer.from([3, 5]));
    expect(bytes.toString('hex', 2, 18)[12]).toBe('5');
  });

  test('is refused when an unknown compression is named', () => {
    const bytes = encoded();
    bytes[1] = 4;
    expect(codeOf(bytes)).toBe('EVENTBUS_CODEC_COMPRESSION_UNKNOWN');
  });

  test('is refused when its first byte is of no known frame', () => {
    const bytes = encoded();
    bytes[0] = 7;
    expect(codeOf(bytes)).toBe('EVENTBUS_CODEC_FRAME_UNKNOWN');
  });

  test('is refused when its schema version is unknown', () => {
    const bytes = encoded();
    bytes.fill(0xab, 2, 18);
    const error = codedErrorOf(() => codec.decode('SensorReading', bytes));
    expect(error.code).toBe('EVENTBUS_CODEC_SCHEMA_UNKNOWN');
    expect(error.message).toContain('abababab-abab-abab-abab-abababababab');
  });

  test('is refused when it names another subject, and both are said', () => {
    const error = codedErrorOf(() => codec.decode('TurbineReading', encoded()));
    expect(error.code).toBe('EVENTBUS_CODEC_SUBJECT_MISMATCH');
    expect(error.message).toContain('SensorReading/v1');
    expect(error.message).toContain('TurbineReading');
  });

  test('is refused when it is cut anywhere', () => {
    const bytes = encoded();
    const codes = Array.from({ length: bytes.length }, (_, length) => codeOf(bytes.subarray(0, length)));
    expect(new Set(codes)).toEqual(new Set(['EVENTBUS_CODEC_TRUNCATED']));
  });

  test('is refused when bytes follow the value', () => {
    expect(codeOf(Buffer.concat([encoded(), Buffer.from([0])]))).toBe('EVENTBUS_CODEC_TRAILING_BYTES');
  });
});

describe('the Confluent frame', () => {
  test('is read on the way in', () => {
    const id = Buffer.alloc(5);
    const canonicalForm = canonicalFormOf();
    id.writeUInt32BE(derivedSchemaIds.confluentId({ subject: 'SensorReading', version: 1, canonicalForm }), 1);
    const decoded = codec.decode('SensorReading', Buffer.concat([id, encoded().subarray(18)]));
    expect(decoded.value).toMatchObject(reading);
    expect(decoded.writer).toEqual({ subject: 'SensorReading', version: 1 });
  });

  test('is refused when its schema id is unknown', () => {
    const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), encoded().subarray(18)]);
    expect(codeOf(bytes)).toBe('EVENTBUS_CODEC_SCHEMA_UNKNOWN');
  });

  test('is refused when it is cut', () => {
    expect(codeOf(Buffer.from([0, 0, 0]))).toBe('EVENTBUS_CODEC_TRUNCATED');
  });
});

describe('a zlib body', () => {
  test('is refused when it is cut', () => {
    expect(codeOf(packed().subarray(0, -3))).toBe('EVENTBUS_CODEC_TRUNCATED');
  });

  test('is refused when it is damaged', () => {
    const bytes = packed();
    bytes[20] = (bytes[20] as number) ^ 0xff;
    expect(['EVENTBUS_CODEC_COMPRESSION_CORRUPT', 'EVENTBUS_CODEC_TRUNCATED']).toContain(codeOf(bytes));
    expect(codeOf(framed(Buffer.from('no zlib')))).toBe('EVENTBUS_CODEC_COMPRESSION_CORRUPT');
  });

  test('is refused when bytes follow its stream', () => {
    expect(codeOf(Buffer.concat([packed(), Buffer.from('more')]))).toBe('EVENTBUS_CODEC_TRAILING_BYTES');
  });

  test('is refused when it unpacks to more than 8 MiB, without unpacking it all', () => {
    const bomb = framed(deflateSync(Buffer.alloc(200 * 1024 * 1024)));
    const before = process.memoryUsage().arrayBuffers;
    expect(bomb.length).toBeLessThan(300_000);
    expect(codeOf(bomb)).toBe('EVENTBUS_CODEC_TOO_LARGE');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 1024 * 1024);
  });
});

/** Schemas that nobody would publish, but that show what hostile bytes can claim. */
const field = (name: string, type: AvroRecordSchema['fields'][number]['type']) => ({ name, type });
const record = (name: string, ...fields: AvroRecordSchema['fields']): AvroRecordSchema => ({
  type: 'record',
  name,
  fields,
});
const odd = {
  Nulls: [record('Nulls', field('items', { type: 'array', items: 'null' }))],
  Nested: [record('Nested', field('items', { type: 'array', items: { type: 'array', items: 'null' } }))],
  Doubles: [record('Doubles', field('items', { type: 'array', items: 'double' }))],
  Tags: [record('Tags', field('tags', { type: 'map', values: 'string' }))],
  Numbers: [record('Numbers', field('whole', 'int'), field('long', 'long'), field('yes', 'boolean'))],
  Tree: [record('Tree', field('children', { type: 'array', items: 'Tree' }))],
};
const oddCodec = makeCodec(derivedSchemaIds, odd);

function oddCode(subject: keyof typeof odd, body: readonly number[]): string {
  const value = { items: [], tags: {}, whole: 0, long: 0, yes: false, children: [] } as unknown as Events[Subject];
  const frame = oddCodec.encode(subject as Subject, value).subarray(0, 18);
  return codedErrorOf(() => oddCodec.decode(subject as Subject, Buffer.concat([frame, Buffer.from(body)]))).code;
}

/** 10^9 as an Avro long, and negative, which announces a block size. */
const billion = [0x80, 0xa8, 0xd6, 0xb9, 0x07];
const minusBillion = [0xff, 0xa7, 0xd6, 0xb9, 0x07];

describe('hostile counts', () => {
  test('of items that take no bytes are refused at once', () => {
    expect(oddCode('Nulls', [...billion, 0])).toBe('EVENTBUS_CODEC_TOO_LARGE');
    expect(oddCode('Nulls', [...minusBillion, 0, 0])).toBe('EVENTBUS_CODEC_TOO_LARGE');
  });

  test('of items that take no bytes are counted over all arrays of a value', () => {
    const inner = [0xa0, 0x8d, 0x06, 0];
    const body = [0xc8, 0x01, ...Array.from({ length: 100 }, () => inner).flat(), 0];
    expect(oddCode('Nested', body)).toBe('EVENTBUS_CODEC_TOO_LARGE');
  });

  test('of more items than there are bytes are refused at once', () => {
    expect(oddCode('Doubles', [...billion, 0])).toBe('EVENTBUS_CODEC_TRUNCATED');
    expect(oddCode('Tags', [...billion, 0])).toBe('EVENTBUS_CODEC_TRUNCATED');
  });

  test('of bytes in a block must be right', () => {
    expect(oddCode('Nulls', [1, 8, 0])).toBe('EVENTBUS_CODEC_MALFORMED');
    expect(oddCode('Nulls', [1, 1, 0])).toBe('EVENTBUS_CODEC_MALFORMED');
  });

  test('that nest a type deeper than the stack are refused', () => {
    expect(
      oddCode(
        'Tree',
        Array.from({ length: 200_000 }, () => 2),
      ),
    ).toBe('EVENTBUS_CODEC_MALFORMED');
  });
});

describe('values that JavaScript would change', () => {
  test('are refused: longs beyond 2^52', () => {
    expect(oddCode('Numbers', [0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 0])).toBe(
      'EVENTBUS_CODEC_NUMBER_RANGE',
    );
    const value = { whole: 0, long: -4503599627370497, yes: true } as unknown as Events[Subject];
    const error = codedErrorOf(() => oddCodec.encode('Numbers' as Subject, value));
    expect(error.code).toBe('EVENTBUS_CODEC_NUMBER_RANGE');
  });

  test('are refused: the map key that would change the object', () => {
    const key = [18, ...Buffer.from('__proto__')];
    expect(oddCode('Tags', [2, ...key, 2, 65, 0])).toBe('EVENTBUS_CODEC_MALFORMED');
    const tags = Object.fromEntries([['__proto__', 'x']]);
    const value = { tags } as unknown as Events[Subject];
    expect(codedErrorOf(() => oddCodec.encode('Tags' as Subject, value)).code).toBe('EVENTBUS_CODEC_VALUE_INVALID');
    expect(codedErrorOf(() => oddCodec.parseJson('Tags' as Subject, value)).code).toBe('EVENTBUS_CODEC_VALUE_INVALID');
  });

  test('are refused: ints beyond 32 bits, booleans beyond 1, numbers without end', () => {
    expect(oddCode('Numbers', [0x80, 0x80, 0x80, 0x80, 0x10, 0, 0])).toBe('EVENTBUS_CODEC_MALFORMED');
    expect(oddCode('Numbers', [0, 0, 2])).toBe('EVENTBUS_CODEC_MALFORMED');
    expect(
      oddCode(
        'Numbers',
        Array.from({ length: 50 }, () => 0xff),
      ),
    ).toBe('EVENTBUS_CODEC_MALFORMED');
  });
});

describe('encoding', () => {
  test('names the field that does not fit, and the value got', () => {
    const wrong = { ...reading, value: 'warm' } as unknown as SensorReading;
    const error = codedErrorOf(() => codec.encode('SensorReading', wrong));
    expect(error.code).toBe('EVENTBUS_CODEC_VALUE_INVALID');
    expect(error.message).toContain('SensorReading.value is "warm", allowed is double');
  });

  test('of values larger than a slab works, one after another', () => {
    const large = { ...reading, metric: 'x'.repeat(150_000) };
    const first = codec.encode('SensorReading', large);
    const second = codec.encode('SensorReading', reading);
    expect(codec.decode('SensorReading', first).value.metric).toHaveLength(150_000);
    expect(codec.decode('SensorReading', second).value).toMatchObject(reading);
  });

  test('hands out buffers that later values do not touch', () => {
    const made = Array.from({ length: 3000 }, (_, sequence) => codec.encode('SensorReading', { ...reading, sequence }));
    expect(made.map((bytes) => codec.decode('SensorReading', bytes).value.sequence)).toEqual([...made.keys()]);
  });

  test('of an unknown subject is refused', () => {
    const error = codedErrorOf(() => codec.encode('Nothing' as Subject, reading));
    expect(error.code).toBe('EVENTBUS_CODEC_SUBJECT_UNKNOWN');
  });
});

/** The canonical form of SensorReading v1, written out: ids depend on it, so it must never change. */
function canonicalFormOf(): string {
  const optionalLong = '["null","long"]';
  const fields = [
    ['sensorId', '"string"'],
    ['time', '"string"'],
    ['sequence', optionalLong],
    ['metric', '"string"'],
    ['value', '"double"'],
    ['unit', '"string"'],
  ].map(([name, type]) => `{"name":"${name}","type":${type}}`);
  return `{"name":"com.sharedinfra.eventbus.SensorReading","type":"record","fields":[${fields.join(',')}]}`;
}
