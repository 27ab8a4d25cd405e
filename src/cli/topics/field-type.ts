import {
  type AvroArraySchema,
  type AvroEnumSchema,
  type AvroField,
  type AvroMapSchema,
  type AvroRecordSchema,
  type AvroSchema,
  isUnion,
} from '../../catalogue/avro-schema.ts';

type Definition = Extract<AvroSchema, { readonly name: string }>;
type Plain = Exclude<AvroSchema, string | readonly AvroSchema[]>;

/** Named types of one subject; all of its schemas share one namespace. */
export type Definitions = ReadonlyMap<string, Definition>;

/** A field's type without the null of an optional one, and with a name replaced by what it names. */
export interface FieldType {
  readonly nullable: boolean;
  /** More than one for a union of several types. */
  readonly branches: readonly Plain[];
}

export function definitionsOf(schema: AvroSchema): Definitions {
  const found = new Map<string, Definition>();
  collect(schema, found);
  return found;
}

function collect(schema: AvroSchema, found: Map<string, Definition>): void {
  if (typeof schema === 'string') return;
  if (isUnion(schema)) return schema.forEach((branch) => collect(branch, found));
  if ('name' in schema) found.set(schema.name, schema);
  if (isRecord(schema)) for (const { type } of schema.fields) collect(type, found);
  else if (isArray(schema)) collect(schema.items, found);
  else if (isMap(schema)) collect(schema.values, found);
}

export function fieldType(schema: AvroSchema, definitions: Definitions): FieldType {
  const all = (isUnion(schema) ? schema : [schema]).map((branch) => resolved(branch, definitions));
  const branches = all.filter(({ type }) => type !== 'null');
  return { nullable: branches.length < all.length, branches };
}

function resolved(schema: AvroSchema, definitions: Definitions): Plain {
  if (typeof schema !== 'string') return schema as Plain;
  return definitions.get(schema.slice(schema.lastIndexOf('.') + 1)) ?? ({ type: schema } as Plain);
}

/** The type in words: `long, timestamp-millis`, `array of OrderLine`, `string or double`. */
export function typeText(type: FieldType, definitions: Definitions): string {
  return type.branches.map((branch) => branchText(branch, definitions)).join(' or ');
}

function branchText(schema: Plain, definitions: Definitions): string {
  if (isArray(schema)) return `array of ${typeText(fieldType(schema.items, definitions), definitions)}`;
  if (isMap(schema)) return `map of ${typeText(fieldType(schema.values, definitions), definitions)}`;
  if (isRecord(schema)) return schema.name;
  if (isEnum(schema)) return 'enum';
  return 'logicalType' in schema && schema.logicalType !== undefined
    ? `${schema.type}, ${schema.logicalType}`
    : schema.type;
}

/** The record inside a type, and the brackets that lead to it. */
export function recordInside(
  { branches }: FieldType,
  definitions: Definitions,
): { readonly record: AvroRecordSchema; readonly step: '' | '[]' | '{}' } | undefined {
  const [schema] = branches;
  if (schema === undefined || branches.length > 1) return undefined;
  if (isRecord(schema)) return { record: schema, step: '' };
  if (!isArray(schema) && !isMap(schema)) return undefined;
  const inner = fieldType(isArray(schema) ? schema.items : schema.values, definitions).branches[0];
  if (inner === undefined || !isRecord(inner)) return undefined;
  return { record: inner, step: isArray(schema) ? '[]' : '{}' };
}

export function isRequired(field: AvroField): boolean {
  return field.default === undefined;
}

export function isRecord(schema: Plain): schema is AvroRecordSchema {
  return schema.type === 'record';
}

export function isArray(schema: Plain): schema is AvroArraySchema {
  return schema.type === 'array';
}

export function isMap(schema: Plain): schema is AvroMapSchema {
  return schema.type === 'map';
}

export function isEnum(schema: Plain): schema is AvroEnumSchema {
  return schema.type === 'enum';
}
