import { describe, expect, test } from '@jest/globals';
import type { AvroRecordSchema } from '../../../src/catalogue/avro-schema.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Topic } from '../../../src/catalogue/model.ts';
import { topicSchema } from '../../../src/cli/topics/read-topics.ts';
import { schemaFields } from '../../../src/cli/topics/schema-fields.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { subjectOf } from '../../../src/consumers/subject-of.ts';
import { recordKey } from '../../../src/core/record-key.ts';

const codec = makeCodec();
const nowMs = Date.UTC(2026, 4, 4);

describe('the example of a topic', () => {
  test.each(catalogue.topics.map((topic) => [topic.name, topic as Topic] as const))(
    'of %s is an event that the topic takes, with its key',
    (name, topic) => {
      const { example } = topicSchema(topic, nowMs);
      const value = codec.parseJson(subjectOf(name), example);
      expect(Object.keys(value)).toEqual(expect.arrayContaining(Object.keys(example)));
      expect(recordKey(topic, value)).toBeDefined();
    },
  );

  test('shows more than the required fields where those are few', () => {
    const topic = catalogue.topics.find(({ name }) => name === 'photo.events.v1') as Topic;
    expect(Object.keys(topicSchema(topic, nowMs).example).length).toBeGreaterThanOrEqual(5);
  });
});

const schema: AvroRecordSchema = {
  type: 'record',
  name: 'Tree',
  namespace: 'test',
  fields: [
    { name: 'id', type: { type: 'string', logicalType: 'uuid' }, doc: 'Id.' },
    {
      name: 'kind',
      type: { type: 'enum', name: 'Kind', symbols: ['UNKNOWN', 'OAK'], default: 'UNKNOWN' },
      doc: 'Kind.',
    },
    { name: 'heightM', type: ['null', 'double'], default: null, doc: 'Height, m.' },
    {
      name: 'leaves',
      type: {
        type: 'array',
        items: { type: 'record', name: 'Leaf', fields: [{ name: 'kind', type: 'Kind', doc: 'Its.' }] },
      },
      default: [],
    },
    { name: 'fallen', type: ['null', 'Leaf'], default: null },
    { name: 'children', type: { type: 'array', items: 'test.Tree' }, default: [] },
    { name: 'tags', type: { type: 'map', values: ['string', 'long'] }, default: {} },
  ],
};

describe('the fields of a schema', () => {
  const fields = schemaFields(schema);
  const shown = fields.map(({ path, type, required }) => `${path}: ${type}${required ? '' : '?'}`);

  test('name types, also those given by name, and lead into nested records once', () => {
    expect(shown).toEqual([
      'id: string, uuid',
      'kind: enum',
      'heightM: double?',
      'leaves: array of Leaf?',
      'leaves[].kind: enum',
      'fallen: Leaf?',
      'fallen.kind: enum',
      'children: array of Tree?',
      'tags: map of string or long?',
    ]);
  });

  test('carry docs, defaults and the symbols of enums', () => {
    expect(fields[0]).toEqual({ path: 'id', type: 'string, uuid', required: true, doc: 'Id.' });
    expect(fields[2]).toMatchObject({ default: null, doc: 'Height, m.' });
    expect(fields[4]).toMatchObject({ symbols: ['UNKNOWN', 'OAK'] });
  });
});
