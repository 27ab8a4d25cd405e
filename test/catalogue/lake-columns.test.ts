import { describe, expect, test } from '@jest/globals';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import {
  deliveryStreamName,
  systemColumns,
  topicOfDeliveryStream,
  valueColumns,
} from '../../src/catalogue/lake-columns.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';

describe('columns of the lake', () => {
  test('no field of a published schema has the name of a system column, whatever its case', () => {
    const reserved = new Set<string>(systemColumns.map(({ name }) => name));
    for (const versions of Object.values(schemas)) {
      const names = valueColumns(versions.at(-1) as AvroRecordSchema).map(({ name }) => name.toLowerCase());
      expect(names.filter((name) => reserved.has(name))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('follow the schema: nested records, lists, maps, logical types, named types and unions', () => {
    const schema: AvroRecordSchema = {
      type: 'record',
      name: 'Node',
      fields: [
        { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
        { name: 'color', type: { type: 'enum', name: 'Color', symbols: ['RED'] } },
        { name: 'colors', type: { type: 'array', items: 'Color' } },
        { name: 'digest', type: { type: 'fixed', name: 'Digest', size: 4 } },
        { name: 'counts', type: { type: 'map', values: 'int' } },
        { name: 'either', type: ['string', 'int'] },
        { name: 'inner', type: { type: 'record', name: 'Inner', fields: [{ name: 'x', type: 'double' }] } },
        { name: 'again', type: ['null', 'Inner'] },
        { name: 'children', type: { type: 'array', items: 'Node' } },
      ],
    };
    const inner = { kind: 'struct', fields: [{ name: 'x', type: { kind: 'double' } }] };
    expect(Object.fromEntries(valueColumns(schema).map(({ name, type }) => [name, type]))).toEqual({
      at: { kind: 'timestamp-micros' },
      color: { kind: 'string' },
      colors: { kind: 'list', item: { kind: 'string' } },
      digest: { kind: 'bytes' },
      counts: { kind: 'map', value: { kind: 'int' } },
      either: { kind: 'json' },
      inner,
      again: inner,
      children: { kind: 'list', item: { kind: 'json' } },
    });
  });

  test('a delivery stream says its topic in its name', () => {
    const arn = `arn:aws:firehose:eu-central-1:123456789012:deliverystream/${deliveryStreamName('prod-lake', 'order-events')}`;
    expect(topicOfDeliveryStream(arn)).toBe('order-events');
    expect(topicOfDeliveryStream('arn:aws:firehose:eu-central-1:123456789012:deliverystream/other')).toBeUndefined();
  });
});
