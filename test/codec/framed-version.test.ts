import { expect, test } from '@jest/globals';
import { makeCodec } from '../../src/codec/codec.ts';
import { derivedSchemaIds } from '../../src/codec/schema-ids.ts';
import { cleanedReading } from '../make/readings.ts';

const codec = makeCodec();
const framed = codec.encode('CleanedReading', cleanedReading());

test('the frame of a value names its version, whatever follows it', () => {
  expect(codec.schemaVersionOf('CleanedReading', framed)).toBe('CleanedReading/v1');
  expect(codec.schemaVersionOf('CleanedReading', framed.subarray(0, 18))).toBe('CleanedReading/v1');
  const packed = codec.encode('CleanedReading', cleanedReading(), { compression: 'zlib' });
  expect(codec.schemaVersionOf('CleanedReading', packed)).toBe('CleanedReading/v1');
});

test('a version of another subject is named too', () => {
  expect(codec.schemaVersionOf('VehicleTelemetry', framed)).toBe('CleanedReading/v1');
});

test('an unknown version is named by the id in its frame', () => {
  const glue = Buffer.from('0300c0ffee00111142228333444455556666', 'hex');
  expect(codec.schemaVersionOf('CleanedReading', glue)).toBe('glue:c0ffee00-1111-4222-8333-444455556666');
  expect(codec.schemaVersionOf('CleanedReading', Buffer.from([0, 0, 0, 1, 0]))).toBe('confluent:256');
});

test('the frame of Confluent’s registry is read as well', () => {
  const ids = { ...derivedSchemaIds, confluentId: ({ subject }: { readonly subject: string }) => subject.length };
  expect(makeCodec(ids).schemaVersionOf('CleanedReading', Buffer.from([0, 0, 0, 0, 14]))).toBe('CleanedReading/v1');
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['JSON', Buffer.from('{"a":1}')],
  ['a cut frame', framed.subarray(0, 17)],
])('%s has no version', (_name, bytes) => {
  expect(codec.schemaVersionOf('CleanedReading', bytes)).toBeNull();
});
