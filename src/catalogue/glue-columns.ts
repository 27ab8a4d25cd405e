import type { AvroRecordSchema } from './avro-schema.ts';
import { type ColumnType, type LakeColumn, lakeColumns } from './lake-columns.ts';

/** A column as a Glue table declares it. */
export interface GlueColumn {
  readonly name: string;
  readonly type: string;
}

/** Where a topic's rows lie in the bronze bucket, and its records that could not be delivered. */
export const bronzePrefix = (topic: string) => `topic=${topic}/`;
export const bronzeErrorPrefix = (topic: string) => `errors/topic=${topic}/`;

/** Name of a topic's bronze table: Athena takes lower-case letters, digits and underscores. */
export function bronzeTableName(topic: string): string {
  return topic.toLowerCase().replaceAll(/[^a-z0-9]/g, '_');
}

/**
 * Columns of a topic's bronze table. Names are in lower case, as Firehose reads the fields of its JSON. Firehose takes
 * numbers for timestamps as milliseconds, so microseconds stay whole numbers, as do days; bytes stay base64 text.
 */
export function glueColumns(schema: AvroRecordSchema | undefined): readonly GlueColumn[] {
  return lakeColumns(schema).map(glueColumn);
}

function glueColumn({ name, type }: LakeColumn): GlueColumn {
  return { name: name.toLowerCase(), type: glueType(type) };
}

function glueType(type: ColumnType): string {
  if (type.kind === 'list') return `array<${glueType(type.item)}>`;
  if (type.kind === 'map') return `map<string,${glueType(type.value)}>`;
  if (type.kind !== 'struct') return plainTypes[type.kind];
  const fields = type.fields.map(glueColumn).map((field) => `${field.name}:${field.type}`);
  return `struct<${fields.join(',')}>`;
}

const plainTypes: Readonly<Record<Exclude<ColumnType['kind'], 'list' | 'map' | 'struct'>, string>> = {
  string: 'string',
  boolean: 'boolean',
  int: 'int',
  long: 'bigint',
  float: 'float',
  double: 'double',
  bytes: 'string',
  json: 'string',
  'timestamp-millis': 'timestamp',
  'timestamp-micros': 'bigint',
  date: 'int',
};
