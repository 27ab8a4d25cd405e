import { type AvroField, type AvroSchema, isUnion } from '../catalogue/avro-schema.ts';
import { AppError } from '../core/errors/app-error.ts';
import { isFields } from '../core/fields.ts';
import { defineType, type NamedSchema, type NamedTypes, typeNamed } from './named-types.ts';
import { shownValue } from './shown-value.ts';
import { forbiddenKey, maxLong } from './value-guard.ts';

/** Turns plain JSON into a value of the schema, or throws `EVENTBUS_CODEC_VALUE_INVALID` naming the field. */
export type JsonReader = (json: unknown) => unknown;

/** A value that does not fit; the path is put together on the way out. */
class Misfit {
  readonly path: string[] = [];
  readonly got: unknown;
  readonly allowed: string;

  constructor(got: unknown, allowed: string) {
    this.got = got;
    this.allowed = allowed;
  }
}

/**
 * Compiles the reader of one schema. Its JSON is the natural one, not Avro's: a union's value stands bare, bytes are
 * base64. Absent fields take their defaults; fields the schema does not know are dropped, so that newer devices work.
 */
export function compileJsonReader(subject: string, schema: AvroSchema): JsonReader {
  const { read } = shapeOf(schema, { named: new Map(), namespace: '' });
  return (json) => {
    try {
      return read(json);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const path = error.path.length === 0 ? '' : `.${error.path.reverse().join('.')}`;
      const what = `${subject}${path.replaceAll('.[', '[')} is ${shownValue(error.got)}, allowed is ${error.allowed}`;
      throw new AppError('EVENTBUS_CODEC_VALUE_INVALID', what, { details: { subject, path: path.slice(1) } });
    }
  };
}

/** `typeof` of the JSON values a branch takes; decides which branch of a union reads a value. */
type JsonKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

interface Shape {
  readonly kind: JsonKind;
  readonly read: JsonReader;
}

type Scope = NamedTypes<Shape>;

function shapeOf(schema: AvroSchema, scope: Scope): Shape {
  if (typeof schema === 'string') return primitives[schema] ?? typeNamed(schema, scope);
  if (isUnion(schema)) return unionShape(schema.map((branch) => shapeOf(branch, scope)));
  switch (schema.type) {
    case 'record':
      return named(schema, scope, (inner) => recordShape(schema.fields, inner));
    case 'enum':
      return named(schema, scope, () => enumShape(schema.symbols));
    case 'fixed':
      return named(schema, scope, () => bytesShape(schema.size));
    case 'array':
      return arrayShape(shapeOf(schema.items, scope).read);
    case 'map':
      return mapShape(shapeOf(schema.values, scope).read);
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
    default:
      return shapeOf(schema.type, scope);
  }
}

function named(schema: NamedSchema, scope: Scope, compile: (inner: Scope) => Shape): Shape {
  const kind = schema.type === 'record' ? 'object' : 'string';
  return defineType(schema, scope, { meanwhile: (later) => ({ kind, read: (json) => later()?.read(json) }), compile });
}

const primitives: Readonly<Record<string, Shape>> = {
  null: { kind: 'null', read: readNull },
  boolean: { kind: 'boolean', read: readBoolean },
  int: { kind: 'number', read: readInt },
  long: { kind: 'number', read: readLong },
  float: { kind: 'number', read: readFloat },
  double: { kind: 'number', read: readDouble },
  string: { kind: 'string', read: readString },
  bytes: bytesShape(undefined),
};

function readNull(json: unknown): null {
  if (json !== null) throw new Misfit(json, 'null');
  return null;
}

function readBoolean(json: unknown): boolean {
  if (typeof json !== 'boolean') throw new Misfit(json, 'true or false');
  return json;
}

function readInt(json: unknown): number {
  if (typeof json !== 'number' || (json | 0) !== json) {
    throw new Misfit(json, 'a whole number from -2147483648 to 2147483647');
  }
  return json;
}

function readLong(json: unknown): number {
  if (typeof json !== 'number' || !Number.isInteger(json) || Math.abs(json) > maxLong) {
    throw new Misfit(json, `a whole number from -${maxLong} to ${maxLong}`);
  }
  return json;
}

const maxFloat = 3.402_823_466_385_288_6e38;

function readFloat(json: unknown): number {
  if (typeof json !== 'number' || !(Math.abs(json) <= maxFloat)) {
    throw new Misfit(json, `a number from -${maxFloat} to ${maxFloat}`);
  }
  return json;
}

function readDouble(json: unknown): number {
  if (typeof json !== 'number' || !Number.isFinite(json)) throw new Misfit(json, 'a finite number');
  return json;
}

function readString(json: unknown): string {
  if (typeof json !== 'string') throw new Misfit(json, 'a string');
  return json;
}

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesShape(size: number | undefined): Shape {
  const allowed = size === undefined ? 'a base64 string' : `a base64 string of ${size} bytes`;
  const read = (json: unknown) => {
    if (typeof json !== 'string' || !base64Pattern.test(json)) throw new Misfit(json, allowed);
    const bytes = Buffer.from(json, 'base64');
    if (size !== undefined && bytes.length !== size) throw new Misfit(json, allowed);
    return bytes;
  };
  return { kind: 'string', read };
}

function enumShape(symbols: readonly string[]): Shape {
  const known = new Set<unknown>(symbols);
  const allowed = symbols.length === 1 ? String(symbols[0]) : `one of ${symbols.join(', ')}`;
  const read = (json: unknown) => {
    if (!known.has(json)) throw new Misfit(json, allowed);
    return json;
  };
  return { kind: 'string', read };
}

function arrayShape(readItem: JsonReader): Shape {
  const read = (json: unknown) => {
    if (!Array.isArray(json)) throw new Misfit(json, 'an array');
    const items: unknown[] = [];
    let index = 0;
    try {
      for (; index < json.length; index += 1) items.push(readItem(json[index]));
    } catch (error) {
      throw inside(error, `[${index}]`);
    }
    return items;
  };
  return { kind: 'array', read };
}

function mapShape(readValue: JsonReader): Shape {
  const read = (json: unknown) => {
    if (!isFields(json)) throw new Misfit(json, 'an object');
    let key = '';
    try {
      return Object.fromEntries(
        Object.entries(json).map(([name, value]) => {
          if (name === forbiddenKey) throw new Misfit(name, 'any other key');
          key = name;
          return [name, readValue(value)];
        }),
      );
    } catch (error) {
      throw inside(error, key);
    }
  };
  return { kind: 'object', read };
}

interface FieldReader {
  readonly name: string;
  readonly read: JsonReader;
  readonly absent: () => unknown;
}

function recordShape(fields: readonly AvroField[], scope: Scope): Shape {
  const readers = fields.map((field) => fieldReader(field, scope));
  // A copy of an object with all fields is cheaper than one that grows field by field.
  const template: Readonly<Record<string, unknown>> = Object.fromEntries(fields.map(({ name }) => [name, null]));
  const read = (json: unknown) => {
    if (!isFields(json)) throw new Misfit(json, 'an object');
    const record: Record<string, unknown> = { ...template };
    let index = 0;
    try {
      for (; index < readers.length; index += 1) {
        const field = readers[index] as FieldReader;
        // Only own properties count: an inherited one (`constructor`, `toString`) is not the sender's.
        const value = Object.hasOwn(json, field.name) ? json[field.name] : undefined;
        record[field.name] = value === undefined ? field.absent() : field.read(value);
      }
    } catch (error) {
      throw inside(error, readers[index]?.name ?? '');
    }
    return record;
  };
  return { kind: 'object', read };
}

function fieldReader(field: AvroField, scope: Scope): FieldReader {
  const { name } = field;
  const { read } = shapeOf(field.type, scope);
  return { name, read, absent: absentReader(field) };
}

function absentReader(field: AvroField): () => unknown {
  const value = field.default;
  if (value === undefined) {
    return () => {
      throw new Misfit(undefined, 'required');
    };
  }
  // Almost every list or map defaults to an empty one, and a clone costs microseconds.
  if (Array.isArray(value) && value.length === 0) return () => [];
  return typeof value === 'object' && value !== null ? () => structuredClone(value) : () => value;
}

/** The branch is chosen by the kind of JSON value; of two branches of one kind the first that fits reads it. */
function unionShape(branches: readonly Shape[]): Shape {
  const [first, second] = branches;
  if (branches.length === 2 && first?.kind === 'null' && second !== undefined) {
    return { kind: second.kind, read: (json) => (json === null ? null : second.read(json)) };
  }
  const read = (json: unknown) => {
    const fitting = branches.filter((branch) => branch.kind === kindOf(json));
    let misfit: unknown = new Misfit(json, `one of ${branches.map((branch) => branch.kind).join(', ')}`);
    for (const branch of fitting) {
      try {
        return branch.read(json);
      } catch (error) {
        misfit = error;
      }
    }
    throw misfit;
  };
  return { kind: 'object', read };
}

function kindOf(json: unknown): JsonKind {
  if (json === null) return 'null';
  if (Array.isArray(json)) return 'array';
  const kind = typeof json;
  return kind === 'boolean' || kind === 'number' || kind === 'string' ? kind : 'object';
}

function inside(error: unknown, step: string): unknown {
  if (error instanceof Misfit) error.path.push(step);
  return error;
}
