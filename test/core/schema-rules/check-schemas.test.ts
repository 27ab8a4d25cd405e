import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import type { AvroField, AvroRecordSchema } from '../../../src/catalogue/avro-schema.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { checkSchemas } from '../../../src/core/schema-rules/check-schemas.ts';
import { makeTopic } from '../../catalogue/check/make-catalogue.ts';

const thing = (...fields: readonly AvroField[]): AvroRecordSchema => ({
  type: 'record',
  name: 'Thing',
  doc: 'A thing.',
  fields: [{ name: 'thingId', type: 'string', doc: 'Thing; the record key.' }, ...fields],
});

/** Paths of the problems of one schema with one further field. */
const paths = (field: AvroField, ...more: readonly AvroField[]) =>
  checkSchemas({ topics: [] }, { Thing: [thing(field, ...more)] }).map(({ path }) => path);

describe('the shipped schemas', () => {
  test('obey the house rules and the modes of their topics', () => {
    expect(checkSchemas(catalogue, schemas)).toEqual([]);
  });

  test.each(Object.entries(schemas))('%s is valid Avro in every version', (_, versions) => {
    for (const schema of versions) {
      expect(avsc.Type.forSchema(schema as unknown as avsc.Schema).typeName).toBe('record');
    }
  });
});

test('versions that break the mode of a topic are reported with both versions', () => {
  const later = thing({ name: 'size', type: 'int', doc: 'Size, cm.' });
  const topics = [makeTopic({ compatibility: 'backward' }), makeTopic({ name: 'b.c.v1', compatibility: 'forward' })];
  expect(checkSchemas({ topics }, { Thing: [thing(), later] })).toEqual([
    {
      path: 'schemas/Thing/v2: Thing.size',
      message:
        'v2 cannot read v1 although the topic is backward: the writer has no such field and the reader has no default for it',
      fix: 'Change the newer version while it is unpublished, or declare a new topic version for a breaking change.',
    },
  ]);
});

describe('a doc', () => {
  test('is wanted on every field, also of nested records', () => {
    expect(paths({ name: 'size', type: 'int' })).toEqual(['schemas/Thing/v1: Thing.size']);
    const part: AvroRecordSchema = {
      type: 'record',
      name: 'Part',
      doc: 'A part.',
      fields: [{ name: 'size', type: 'int' }],
    };
    expect(paths({ name: 'parts', type: { type: 'array', items: part }, doc: 'Parts.' })).toEqual([
      'schemas/Thing/v1: Thing.parts[].size',
    ]);
  });

  test('is wanted on the record', () => {
    const { doc: _, ...bare } = thing();
    expect(checkSchemas({ topics: [] }, { Thing: [bare] }).map(({ path }) => path)).toEqual([
      'schemas/Thing/v1: Thing',
    ]);
  });
});

test('an optional field defaults to null and names null first', () => {
  const size = { name: 'size', doc: 'Size, cm.' };
  expect(paths({ ...size, type: ['null', 'int'], default: null })).toEqual([]);
  expect(paths({ ...size, type: ['null', 'int'] })).toEqual(['schemas/Thing/v1: Thing.size']);
  expect(paths({ ...size, type: ['int', 'null'], default: 0 })).toEqual(['schemas/Thing/v1: Thing.size']);
});

test('an enum has a default symbol, also within arrays', () => {
  const symbols = ['UNKNOWN', 'RED'];
  const colours = (more: object) => ({
    name: 'colours',
    doc: 'Colours.',
    type: { type: 'array', items: { type: 'enum', name: 'Colour', symbols, ...more } } as const,
  });
  expect(paths(colours({ default: 'UNKNOWN' }))).toEqual([]);
  expect(paths(colours({}))).toEqual(['schemas/Thing/v1: Thing.colours[]']);
  expect(paths(colours({ default: 'BLUE' }))).toEqual(['schemas/Thing/v1: Thing.colours[]']);
});

test('money is a long in minor units beside a currency', () => {
  const currency: AvroField = { name: 'currency', type: 'string', doc: 'ISO 4217 code.' };
  const doc = 'In minor units.';
  expect(paths({ name: 'priceMinor', type: 'long', doc }, currency)).toEqual([]);
  expect(paths({ name: 'priceMinor', type: 'long', doc })).toEqual(['schemas/Thing/v1: Thing.priceMinor']);
  expect(paths({ name: 'priceMinor', type: 'double', doc }, currency)).toEqual(['schemas/Thing/v1: Thing.priceMinor']);
  expect(paths({ name: 'price', type: ['null', 'double'], default: null, doc }, currency)).toEqual([
    'schemas/Thing/v1: Thing.price',
  ]);
});

test('a point in time carries a timestamp’s logical type', () => {
  const doc = 'When, ms since 1970-01-01 UTC.';
  expect(paths({ name: 'madeAt', type: 'long', doc })).toEqual(['schemas/Thing/v1: Thing.madeAt']);
  expect(paths({ name: 'madeAt', type: { type: 'long', logicalType: 'timestamp-millis' }, doc })).toEqual([]);
});
