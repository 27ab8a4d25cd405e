import type { AvroField, AvroRecordSchema, AvroSchema } from '../../catalogue/avro-schema.ts';
import type { Problem } from '../../catalogue/model.ts';

/** One place of a schema: a field, or a type inside it. */
interface Place {
  readonly path: string;
  readonly schema: AvroSchema;
}

/** House rules that one schema breaks. `file` starts each path. */
export function styleProblems(schema: AvroRecordSchema, file: string): readonly Problem[] {
  const root = `${file}: ${schema.name}`;
  const hasCurrency = schema.fields.some(({ name }) => name === 'currency');
  return recordsOf({ path: root, schema }).flatMap(({ path, record }) => [
    ...documented(record, path),
    ...record.fields.flatMap((field) => {
      const at = `${path}.${field.name}`;
      return [
        ...documented(field, at),
        ...optional(field, at),
        ...money(field, at, hasCurrency),
        ...time(field, at),
        ...enums({ path: at, schema: field.type }),
      ];
    }),
  ]);
}

function documented(named: { readonly doc?: string }, path: string): readonly Problem[] {
  if (named.doc !== undefined && named.doc.trim() !== '') return [];
  return [{ path, message: 'there is no doc', fix: 'Say in one sentence what it holds, with its unit.' }];
}

function optional(field: AvroField, path: string): readonly Problem[] {
  if (!Array.isArray(field.type) || !field.type.includes('null')) return [];
  if (field.type[0] === 'null' && field.default === null) return [];
  const fix = 'Write ["null", …] with "default": null.';
  return [{ path, message: 'an optional field does not default to null', fix }];
}

/** A field of money is named after its minor unit; only whole numbers add up without rounding. */
function money(field: AvroField, path: string, hasCurrency: boolean): readonly Problem[] {
  if (/(price|amount|cost|fare|total|fee)$/i.test(field.name) && plainTypes(field.type).some(isFraction)) {
    const fix = 'Name it …Minor, as a long in minor units beside a currency.';
    return [{ path, message: 'an amount of money is a floating-point number', fix }];
  }
  if (!field.name.endsWith('Minor')) return [];
  const whole = plainTypes(field.type).every((type) => type === 'long' || type === 'null');
  return [
    ...(whole ? [] : [{ path, message: 'an amount in minor units is no long', fix: 'Make it a long.' }]),
    ...(hasCurrency
      ? []
      : [{ path, message: 'no currency stands beside the amount', fix: 'Add a field currency, ISO 4217.' }]),
  ];
}

function time(field: AvroField, path: string): readonly Problem[] {
  const isTime = /(At|Until|From|Start|End|Since)$/.test(field.name) && plainTypes(field.type).includes('long');
  if (!isTime) return [];
  const fix = 'Use the logical type timestamp-millis or timestamp-micros.';
  return [{ path, message: 'a point in time is a plain long', fix }];
}

function enums(place: Place): readonly Problem[] {
  return insideOf(place).flatMap(({ path, schema }) => {
    if (typeof schema === 'string' || !('type' in schema) || schema.type !== 'enum') return [];
    if (schema.default !== undefined && schema.symbols.includes(schema.default)) return [];
    const fix = 'Add "default" with one of its symbols, UNKNOWN as a rule.';
    return [{ path, message: `the enum ${schema.name} has no default symbol`, fix }];
  });
}

/** Names of the plain types of a field without logical types, through unions and arrays. */
function plainTypes(type: AvroSchema): readonly string[] {
  return insideOf({ path: '', schema: type }).flatMap(({ schema }) => (typeof schema === 'string' ? [schema] : []));
}

function isFraction(type: string): boolean {
  return type === 'float' || type === 'double';
}

/** A type and every type inside it, records left closed. */
function insideOf(place: Place): readonly Place[] {
  return [place, ...partsOf(place).flatMap(insideOf)];
}

function partsOf({ path, schema }: Place): readonly Place[] {
  if (typeof schema === 'string') return [];
  if (!('type' in schema)) return schema.map((branch) => ({ path, schema: branch }));
  if (schema.type === 'array') return [{ path: `${path}[]`, schema: schema.items }];
  if (schema.type === 'map') return [{ path: `${path}{}`, schema: schema.values }];
  return [];
}

function recordsOf(place: Place): readonly { readonly path: string; readonly record: AvroRecordSchema }[] {
  return insideOf(place).flatMap(({ path, schema }) => {
    if (typeof schema === 'string' || !('type' in schema) || schema.type !== 'record') return [];
    const inner = schema.fields.flatMap(({ name, type }) => recordsOf({ path: `${path}.${name}`, schema: type }));
    return [{ path, record: schema }, ...inner];
  });
}
