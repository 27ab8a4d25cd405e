import {
  type AvroFixedSchema,
  type AvroPrimitive,
  type AvroPrimitiveSchema,
  type AvroSchema,
  isUnion,
} from '../../catalogue/avro-schema.ts';
import { AppError } from '../errors/app-error.ts';

/** What a logical type adds to its plain type. */
export interface Logical {
  readonly name: string;
  readonly precision: number | undefined;
  readonly scale: number;
}

export interface ResolvedField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly hasDefault: boolean;
  readonly type: ResolvedType;
}

interface Named {
  /** Name with its namespace. */
  readonly name: string;
  /** Further names that a reader answers to, with their namespaces. */
  readonly aliases: readonly string[];
}

/** An Avro type with every reference to a name replaced by what it names; recursive schemas become cyclic. */
export type ResolvedType =
  | { readonly kind: 'primitive'; readonly primitive: AvroPrimitive; readonly logical: Logical | undefined }
  | (Named & { readonly kind: 'record'; readonly fields: readonly ResolvedField[] })
  | (Named & { readonly kind: 'enum'; readonly symbols: readonly string[]; readonly hasDefault: boolean })
  | (Named & { readonly kind: 'fixed'; readonly size: number; readonly logical: Logical | undefined })
  | { readonly kind: 'array'; readonly items: ResolvedType }
  | { readonly kind: 'map'; readonly values: ResolvedType }
  | { readonly kind: 'union'; readonly branches: readonly ResolvedType[] };

const primitives: ReadonlySet<string> = new Set<AvroPrimitive>([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

/**
 * Replaces every name in a schema by the type that it names.
 * @throws AppError EVENTBUS_CATALOGUE_SCHEMA_INVALID when a name is used that nothing before it defines
 */
export function resolveType(schema: AvroSchema): ResolvedType {
  return resolve(schema, '', new Map());
}

type KnownTypes = Map<string, ResolvedType>;

function resolve(schema: AvroSchema, namespace: string, known: KnownTypes): ResolvedType {
  if (typeof schema === 'string') return reference(schema, namespace, known);
  if (isUnion(schema)) return { kind: 'union', branches: schema.map((branch) => resolve(branch, namespace, known)) };
  switch (schema.type) {
    case 'array':
      return { kind: 'array', items: resolve(schema.items, namespace, known) };
    case 'map':
      return { kind: 'map', values: resolve(schema.values, namespace, known) };
    case 'record':
      return resolveRecord(schema, namespace, known);
    case 'enum': {
      const named = names(schema, namespace);
      return remember({ kind: 'enum', ...named, symbols: schema.symbols, hasDefault: 'default' in schema }, known);
    }
    case 'fixed': {
      const named = names(schema, namespace);
      return remember({ kind: 'fixed', ...named, size: schema.size, logical: logicalOf(schema) }, known);
    }
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
    default:
      return { kind: 'primitive', primitive: schema.type, logical: logicalOf(schema) };
  }
}

function reference(name: string, namespace: string, known: KnownTypes): ResolvedType {
  if (primitives.has(name)) return { kind: 'primitive', primitive: name as AvroPrimitive, logical: undefined };
  const found = known.get(qualified(name, namespace)) ?? known.get(name);
  if (found !== undefined) return found;
  throw new AppError('EVENTBUS_CATALOGUE_SCHEMA_INVALID', `the type "${name}" is used but not defined before`);
}

function resolveRecord(
  schema: Extract<AvroSchema, { readonly type: 'record' }>,
  namespace: string,
  known: KnownTypes,
): ResolvedType {
  const named = names(schema, namespace);
  const fields: ResolvedField[] = [];
  // Known before its fields are resolved, because they may refer to it.
  const record = remember({ kind: 'record', ...named, fields }, known);
  for (const field of schema.fields) {
    const type = resolve(field.type, named.namespace, known);
    fields.push({ name: field.name, aliases: field.aliases ?? [], hasDefault: 'default' in field, type });
  }
  return record;
}

function remember<T extends ResolvedType & Named>(type: T, known: KnownTypes): T {
  known.set(type.name, type);
  return type;
}

function names(
  schema: { readonly name: string; readonly namespace?: string; readonly aliases?: readonly string[] },
  enclosing: string,
): Named & { readonly namespace: string } {
  const name = qualified(schema.name, schema.namespace ?? enclosing);
  const namespace = name.slice(0, Math.max(name.lastIndexOf('.'), 0));
  return { name, namespace, aliases: (schema.aliases ?? []).map((alias) => qualified(alias, namespace)) };
}

function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function logicalOf(schema: AvroPrimitiveSchema | AvroFixedSchema): Logical | undefined {
  if (schema.logicalType === undefined) return undefined;
  return { name: schema.logicalType, precision: schema.precision, scale: schema.scale ?? 0 };
}
