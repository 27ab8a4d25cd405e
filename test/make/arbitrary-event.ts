import * as fc from 'fast-check';
import { type AvroSchema, isUnion } from '../../src/catalogue/avro-schema.ts';
import { forbiddenKey, maxLong } from '../../src/codec/value-guard.ts';

/** Values that a schema allows, as the codec hands them over. */
export function arbitraryValue(
  schema: AvroSchema,
  named = new Map<string, fc.Arbitrary<unknown>>(),
): fc.Arbitrary<unknown> {
  if (typeof schema === 'string') return primitive(schema) ?? named.get(simpleName(schema)) ?? unknownType(schema);
  if (isUnion(schema)) return fc.oneof(...schema.map((branch) => arbitraryValue(branch, named)));
  switch (schema.type) {
    case 'record': {
      const fields = schema.fields.map(({ name, type }) => [name, arbitraryValue(type, named)] as const);
      return keep(named, schema.name, fc.record(Object.fromEntries(fields)));
    }
    case 'enum':
      return keep(named, schema.name, fc.constantFrom(...schema.symbols));
    case 'fixed':
      return keep(named, schema.name, bytes(schema.size, schema.size));
    case 'array':
      return fc.array(arbitraryValue(schema.items, named), { maxLength: 6 });
    case 'map':
      return fc.dictionary(
        text.filter((key) => key !== forbiddenKey),
        arbitraryValue(schema.values, named),
        { maxKeys: 4 },
      );
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
    default:
      return arbitraryValue(schema.type, named);
  }
}

/** Half of the strings are short ASCII, the rest any well-formed Unicode. */
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 90 }));

function primitive(name: string): fc.Arbitrary<unknown> | undefined {
  switch (name) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'int':
      return fc.integer();
    case 'long':
      return fc.oneof(fc.integer(), fc.integer({ min: -maxLong, max: maxLong }), fc.constantFrom(maxLong, -maxLong));
    case 'float':
      return fc.float({ noNaN: true, noDefaultInfinity: true });
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'string':
      return text;
    case 'bytes':
      return bytes(0, 40);
    default:
      return undefined;
  }
}

function bytes(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
}

function keep(
  named: Map<string, fc.Arbitrary<unknown>>,
  name: string,
  made: fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  named.set(simpleName(name), made);
  return made;
}

function simpleName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function unknownType(name: string): never {
  throw new Error(`no arbitrary for the type "${name}"`);
}
