import type { AvroField, AvroRecordSchema } from '../../catalogue/avro-schema.ts';
import type { Topic } from '../../catalogue/model.ts';
import {
  type Definitions,
  definitionsOf,
  type FieldType,
  fieldType,
  isArray,
  isEnum,
  isMap,
  isRecord,
  isRequired,
} from './field-type.ts';

/** What an example takes from outside. */
export interface ExampleFacts {
  readonly nowMs: number;
  /** A UUID, used for every field that is one. */
  readonly uuid: string;
}

/** Fewest fields that an example shows, as far as the record has them. */
const fewestFields = 5;

/**
 * A value that the topic takes, with made-up contents: required fields, those that give the key, and the first optional
 * ones where that is too few to show anything.
 */
export function exampleEvent(topic: Topic, schema: AvroRecordSchema, facts: ExampleFacts): Record<string, unknown> {
  const wanted = new Set([topic.key, ...(topic.keyFallback === undefined ? [] : [topic.keyFallback])]);
  return exampleRecord(schema, { ...facts, definitions: definitionsOf(schema), wanted });
}

interface Making extends ExampleFacts {
  readonly definitions: Definitions;
  /** Fields that must be there although they are optional. */
  readonly wanted: ReadonlySet<string>;
}

function exampleRecord(schema: AvroRecordSchema, making: Making): Record<string, unknown> {
  const shown = new Set(schema.fields.filter((field) => isRequired(field) || making.wanted.has(field.name)));
  for (const field of schema.fields) {
    if (shown.size >= fewestFields) break;
    if (fieldType(field.type, making.definitions).branches.every((branch) => !isArray(branch) && !isRecord(branch)))
      shown.add(field);
  }
  return Object.fromEntries(
    schema.fields
      .filter((field) => shown.has(field))
      .map((field) => [field.name, exampleValue(field, fieldType(field.type, making.definitions), making)]),
  );
}

function exampleValue(field: AvroField, { branches }: FieldType, making: Making): unknown {
  const [schema] = branches;
  if (schema === undefined) return null;
  if (isRecord(schema)) return exampleRecord(schema, making);
  if (isEnum(schema)) return schema.symbols.find((symbol) => symbol !== schema.default) ?? schema.symbols[0];
  if (isArray(schema)) return [exampleValue(field, fieldType(schema.items, making.definitions), making)];
  if (isMap(schema)) return { example: exampleValue(field, fieldType(schema.values, making.definitions), making) };
  const logical = 'logicalType' in schema ? schema.logicalType : undefined;
  if (logical === 'uuid') return making.uuid;
  if (logical === 'timestamp-millis') return making.nowMs;
  if (logical === 'timestamp-micros') return making.nowMs * 1000;
  switch (schema.type) {
    case 'boolean':
      return true;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return exampleNumbers.find(([pattern]) => pattern.test(field.name))?.[1] ?? 1;
    case 'string':
      return exampleText(field, making);
    case 'bytes':
    case 'fixed':
      return Buffer.alloc('size' in schema ? schema.size : 1).toString('base64');
    case 'null':
    default:
      return null;
  }
}

const exampleNumbers: readonly (readonly [RegExp, number])[] = [
  [/latitude/i, 59.91],
  [/longitude/i, 10.75],
  [/percent/i, 80],
  [/minor$/i, 1990],
  [/windSpeed/i, 8.2],
  [/speed/i, 42.5],
];

const exampleTexts: readonly (readonly [RegExp, string])[] = [
  [/currency/i, 'EUR'],
  [/language|locale/i, 'en'],
  [/country|jurisdiction/i, 'NO'],
  [/city/i, 'oslo'],
  [/vehicleType/i, 'van'],
  [/hash/i, '0'.repeat(64)],
  [/unit$/i, 'm/s'],
  [/metric/i, 'wind_speed'],
];

function exampleText({ name }: AvroField, { nowMs }: Making): string {
  if (/^time$|At$/.test(name)) return new Date(nowMs).toISOString();
  const known = exampleTexts.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined) return known;
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.endsWith(' id') ? `${words.slice(0, -3).replaceAll(' ', '-')}-1` : words;
}
