import { type AvroRecordSchema, type AvroSchema, isUnion } from './avro-schema.ts';

/**
 * Columns of the lake's bronze tables, derived from a topic's schema. One declaration for the Parquet writer of one
 * machine and for the tables that Firehose converts by.
 */
export type ColumnType =
  | { readonly kind: 'string' | 'boolean' | 'int' | 'long' | 'float' | 'double' }
  /** Base64 text on the way to the lake, bytes in it. */
  | { readonly kind: 'bytes' }
  /** Numbers on the way, instants in UTC in the lake. */
  | { readonly kind: 'timestamp-millis' | 'timestamp-micros' }
  /** Days since 1970-01-01 on the way. */
  | { readonly kind: 'date' }
  /** A value of several shapes, kept as its JSON text. */
  | { readonly kind: 'json' }
  | { readonly kind: 'list'; readonly item: ColumnType }
  | { readonly kind: 'map'; readonly value: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly LakeColumn[] };

export interface LakeColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Columns that every bronze table has: where the record lay, its CloudEvents attributes, and what could not be typed. */
export const systemColumns = [
  { name: 'kafka_topic', type: { kind: 'string' } },
  { name: 'kafka_partition', type: { kind: 'int' } },
  { name: 'kafka_offset', type: { kind: 'long' } },
  { name: 'kafka_timestamp', type: { kind: 'timestamp-millis' } },
  { name: 'kafka_key', type: { kind: 'string' } },
  { name: 'ce_id', type: { kind: 'string' } },
  { name: 'ce_source', type: { kind: 'string' } },
  { name: 'ce_type', type: { kind: 'string' } },
  { name: 'ce_time', type: { kind: 'string' } },
  { name: 'ce_subject', type: { kind: 'string' } },
  { name: 'content_type', type: { kind: 'string' } },
  { name: 'ce_traceparent', type: { kind: 'string' } },
  // Set on a record that was sent again for one consumer: a second copy of its event, to be left out of counts.
  { name: 'addressed_to', type: { kind: 'string' } },
  { name: 'schema_version', type: { kind: 'int' } },
  { name: 'raw', type: { kind: 'string' } },
  { name: 'raw_encoding', type: { kind: 'string' } },
  { name: 'decode_error', type: { kind: 'string' } },
] as const satisfies readonly LakeColumn[];

/** Columns of a bronze table: the system's, then one a top-level field of the schema, named as the field. */
export function lakeColumns(schema: AvroRecordSchema | undefined): readonly LakeColumn[] {
  return schema === undefined ? systemColumns : [...systemColumns, ...valueColumns(schema)];
}

/** Columns of the schema's own top-level fields. */
export function valueColumns(schema: AvroRecordSchema): readonly LakeColumn[] {
  return fieldsOf(schema, new Map());
}

/** Name of the delivery stream of a topic: the prefix, two hyphens, the topic. */
export function deliveryStreamName(prefix: string, topic: string): string {
  return `${prefix}--${topic}`;
}

/** The topic that a delivery stream carries, read from its ARN; undefined when the name is not of that form. */
export function topicOfDeliveryStream(arn: string): string | undefined {
  const name = arn.slice(arn.lastIndexOf('/') + 1);
  const at = name.indexOf('--');
  return at < 0 || at + 2 === name.length ? undefined : name.slice(at + 2);
}

type NamedTypes = Map<string, ColumnType>;

function fieldsOf(schema: AvroRecordSchema, named: NamedTypes): readonly LakeColumn[] {
  // A record that contains itself has no finite column type; its inner occurrence is kept as JSON.
  named.set(schema.name, { kind: 'json' });
  const fields = schema.fields.map((field) => ({ name: field.name, type: columnType(field.type, named) }));
  named.set(schema.name, { kind: 'struct', fields });
  return fields;
}

function columnType(schema: AvroSchema, named: NamedTypes): ColumnType {
  if (typeof schema === 'string') return named.get(schema.slice(schema.lastIndexOf('.') + 1)) ?? primitive(schema);
  if (isUnion(schema)) {
    const [only, ...others] = schema.filter((branch) => branch !== 'null');
    return only === undefined || others.length > 0 ? { kind: 'json' } : columnType(only, named);
  }
  if (schema.type === 'record') return { kind: 'struct', fields: fieldsOf(schema, named) };
  if (schema.type === 'array') return { kind: 'list', item: columnType(schema.items, named) };
  if (schema.type === 'map') return { kind: 'map', value: columnType(schema.values, named) };
  if (schema.type === 'enum') return remembered(schema.name, { kind: 'string' }, named);
  if (schema.type === 'fixed') return remembered(schema.name, { kind: 'bytes' }, named);
  return logicalTypes.get(schema.logicalType ?? '') ?? primitive(schema.type);
}

function remembered(name: string, type: ColumnType, named: NamedTypes): ColumnType {
  named.set(name, type);
  return type;
}

const logicalTypes = new Map<string, ColumnType>([
  ['timestamp-millis', { kind: 'timestamp-millis' }],
  ['timestamp-micros', { kind: 'timestamp-micros' }],
  ['date', { kind: 'date' }],
]);

const primitives = new Map<string, ColumnType>(
  (['string', 'boolean', 'int', 'long', 'float', 'double', 'bytes'] as const).map((kind) => [kind, { kind }]),
);

function primitive(type: string): ColumnType {
  return primitives.get(type) ?? { kind: 'json' };
}
