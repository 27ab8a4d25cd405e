import {
  type AvroEnumSchema,
  type AvroPrimitive,
  type AvroRecordSchema,
  type AvroSchema,
  isUnion,
} from '../../catalogue/avro-schema.ts';

/** TypeScript of Avro's primitive types. */
const primitives: Readonly<Record<AvroPrimitive, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Uint8Array',
};

/** What to call the types that have a name. */
export interface NamedTypes {
  record(schema: AvroRecordSchema): string;
  enumeration(schema: AvroEnumSchema): string;
  /** A type that was declared before, by its simple name. */
  declared(name: string): string;
}

/** TypeScript of a schema. Logical types stay plain: timestamps are numbers, UUIDs are strings. */
export function typeText(schema: AvroSchema, names: NamedTypes): string {
  if (typeof schema === 'string') {
    return schema in primitives
      ? primitives[schema as AvroPrimitive]
      : names.declared(schema.slice(schema.lastIndexOf('.') + 1));
  }
  if (isUnion(schema)) return [...new Set(schema.map((branch) => typeText(branch, names)))].sort(nullLast).join(' | ');
  switch (schema.type) {
    case 'record':
      return names.record(schema);
    case 'enum':
      return names.enumeration(schema);
    case 'fixed':
      return 'Uint8Array';
    case 'array':
      return arrayOf(typeText(schema.items, names));
    case 'map':
      return `Readonly<Record<string, ${typeText(schema.values, names)}>>`;
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
    default:
      return primitives[schema.type];
  }
}

function arrayOf(item: string): string {
  return item.includes('|') ? `readonly (${item})[]` : `readonly ${item}[]`;
}

/** Sorts the branches of a union so that `null` comes last. */
function nullLast(left: string, right: string): number {
  return Number(left === 'null') - Number(right === 'null');
}

/** The doc comment of a declaration, with its line end. */
export function comment(indent: string, doc: string | undefined): string {
  return doc === undefined ? '' : `${indent}/** ${doc.replaceAll('*/', '* /')} */\n`;
}
