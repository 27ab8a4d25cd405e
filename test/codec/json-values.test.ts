import { describe, expect, test } from '@jest/globals';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { compileJsonReader } from '../../src/codec/json-reader.ts';
import { codedErrorOf } from '../make/coded-error.ts';

const codec = makeCodec();
const batch = {
  deviceId: 'scooter-7',
  readings: [{ time: '2026-03-01T10:00:00Z', latitude: 59.9, speedKmh: 12 }],
};

function refusal(subject: 'TelemetryBatch' | 'VehicleBayEvent', json: unknown): string {
  const error = codedErrorOf(() => codec.parseJson(subject, json));
  expect(error.code).toBe('EVENTBUS_CODEC_VALUE_INVALID');
  return error.message;
}

describe('plain JSON from a device', () => {
  test('gets the defaults of absent fields', () => {
    const value = codec.parseJson('TelemetryBatch', batch);
    expect(value).toMatchObject({ vehicleType: null, sentAt: null });
    expect(value.readings[0]).toMatchObject({ latitude: 59.9, longitude: null, faults: [] });
  });

  test('gets defaults of its own, not shared with the next one', () => {
    const [first, second] = [codec.parseJson('TelemetryBatch', batch), codec.parseJson('TelemetryBatch', batch)];
    expect(first.readings[0]?.faults).not.toBe(second.readings[0]?.faults);
  });

  test('may have fields that the schema does not know; they are dropped', () => {
    const value = codec.parseJson('TelemetryBatch', { ...batch, firmware: '2.1' });
    expect(Object.keys(value)).toEqual(['deviceId', 'vehicleType', 'sentAt', 'readings']);
  });

  test('is refused with the path, the value got and what is allowed', () => {
    const json = { ...batch, readings: [...batch.readings, { time: 'now', speedKmh: 'fast' }] };
    expect(refusal('TelemetryBatch', json)).toContain(
      'TelemetryBatch.readings[1].speedKmh is "fast", allowed is a finite number',
    );
  });

  test('is refused when a required field is absent', () => {
    expect(refusal('TelemetryBatch', { readings: [] })).toContain(
      'TelemetryBatch.deviceId is absent, allowed is required',
    );
  });

  test('is refused when an enum symbol is unknown, with the allowed ones', () => {
    const json = { sourceId: 'bay-1', kind: 'EXPLODED', time: 'now' };
    expect(refusal('VehicleBayEvent', json)).toContain(
      'kind is "EXPLODED", allowed is one of UNKNOWN, TELEMETRY, DOCKED, UNDOCKED, BAY_STATUS',
    );
    expect(refusal('VehicleBayEvent', { ...json, kind: 'toString' })).toContain('kind is "toString"');
  });

  test.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
  ])('is refused when a number is %s', (shown, latitude) => {
    const json = { ...batch, readings: [{ time: 'now', latitude }] };
    expect(refusal('TelemetryBatch', json)).toContain(`latitude is ${shown}`);
  });

  test.each([
    ['a fraction where a whole number is due', { sentAt: 1.5 }, 'sentAt is 1.5, allowed is a whole number'],
    ['a number beyond 2^52', { sentAt: 2 ** 52 }, 'sentAt is 4503599627370496'],
    ['an object where an array is due', { readings: {} }, 'readings is an object, allowed is an array'],
    ['an array where an object is due', { readings: [[]] }, 'readings[0] is an array of 0, allowed is an object'],
    ['null where a value is due', { deviceId: null }, 'deviceId is null, allowed is a string'],
  ])('is refused with %s', (_name, change, message) => {
    expect(refusal('TelemetryBatch', { ...batch, ...change })).toContain(message);
  });

  test('is refused when it is no object at all', () => {
    expect(refusal('TelemetryBatch', 'hello')).toContain('TelemetryBatch is "hello", allowed is an object');
    expect(refusal('TelemetryBatch', null)).toContain('TelemetryBatch is null');
  });

  test('takes inherited properties for absent ones', () => {
    expect(refusal('TelemetryBatch', Object.create(batch))).toContain('deviceId is absent');
  });
});

const every: AvroRecordSchema = {
  type: 'record',
  name: 'Every',
  fields: [
    { name: 'bytes', type: 'bytes' },
    { name: 'fixed', type: { type: 'fixed', name: 'Two', size: 2 } },
    { name: 'again', type: 'Two' },
    { name: 'small', type: 'float' },
    { name: 'many', type: ['null', 'string', 'long', { type: 'array', items: 'int' }], default: null },
    { name: 'map', type: { type: 'map', values: 'int' }, default: {} },
  ],
};

describe('types that few schemas use', () => {
  const read = compileJsonReader('Every', every);
  const value = { bytes: 'AQI=', fixed: 'AQI=', again: 'AwQ=', small: 1.5 };

  test('are read: bytes from base64, any branch of a union, maps', () => {
    expect(read({ ...value, many: [1, 2], map: { a: 1 } })).toEqual({
      bytes: Buffer.from([1, 2]),
      fixed: Buffer.from([1, 2]),
      again: Buffer.from([3, 4]),
      small: 1.5,
      many: [1, 2],
      map: { a: 1 },
    });
    expect(read({ ...value, many: 7 })).toMatchObject({ many: 7, map: {} });
  });

  test.each([
    ['bytes that are no base64', { bytes: '***' }, 'bytes is "***"'],
    ['a fixed of the wrong size', { fixed: 'AQ==' }, 'fixed is "AQ==", allowed is a base64 string of 2 bytes'],
    ['a float that would become infinite', { small: 1e39 }, 'small is 1e+39'],
    ['a value of no branch', { many: true }, 'many is true, allowed is one of null, string, number, array'],
    ['a wrong value in a branch', { many: [1, 'x'] }, 'many[1] is "x"'],
    ['a wrong value in a map', { map: { a: 'x' } }, 'map.a is "x"'],
  ])('are refused: %s', (_name, change, message) => {
    expect(codedErrorOf(() => read({ ...value, ...change })).message).toContain(message);
  });
});
