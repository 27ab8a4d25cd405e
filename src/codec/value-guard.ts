import { type AvroSchema, isUnion } from '../catalogue/avro-schema.ts';
import { AppError } from '../core/errors/app-error.ts';

/**
 * The largest whole number that survives the Avro library: it doubles a long on the way, and beyond 2^52 the double
 * no longer holds the result exactly; it would come back as another number, without an error.
 */
export const maxLong = 2 ** 52 - 1;

/** A map's key that plain objects cannot hold: setting it changes the object instead. */
export const forbiddenKey = '__proto__';

/**
 * Refuses what the encoder would take and write as something else: longs that are too large, and map keys that are
 * lost on the way back. Anything else wrong is left to the encoder.
 */
export type ValueGuard = (value: unknown) => void;

/** Compiles the guard of a schema; undefined when it needs none. */
export function compileValueGuard(schema: AvroSchema, named = new Map<string, Lazy>()): ValueGuard | undefined {
  if (typeof schema === 'string') return schema === 'long' ? guardLong : laterGuard(named.get(simpleName(schema)));
  if (isUnion(schema)) return unionGuard(schema.map((branch) => compileValueGuard(branch, named)));
  switch (schema.type) {
    case 'record': {
      const lazy: Lazy = { guard: undefined };
      named.set(simpleName(schema.name), lazy);
      lazy.guard = recordGuard(schema.fields.map(({ name, type }) => [name, compileValueGuard(type, named)] as const));
      return lazy.guard;
    }
    case 'array':
      return arrayGuard(compileValueGuard(schema.items, named));
    case 'map':
      return mapGuard(compileValueGuard(schema.values, named));
    case 'long':
      return guardLong;
    case 'enum':
    case 'fixed':
    case 'null':
    case 'boolean':
    case 'int':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
    default:
      return undefined;
  }
}

interface Lazy {
  guard: ValueGuard | undefined;
}

/** A type that contains itself is named before its guard is made. */
function laterGuard(lazy: Lazy | undefined): ValueGuard | undefined {
  return lazy && (lazy.guard ?? ((value) => lazy.guard?.(value)));
}

function guardLong(value: unknown): void {
  if (typeof value !== 'number' || (value <= maxLong && value >= -maxLong) || !Number.isInteger(value)) return;
  throw new AppError('EVENTBUS_CODEC_NUMBER_RANGE', `got ${value}`);
}

function unionGuard(branches: readonly (ValueGuard | undefined)[]): ValueGuard | undefined {
  const guards = branches.filter((guard) => guard !== undefined);
  const [only] = guards;
  if (guards.length < 2) return only;
  return (value) => {
    for (const guard of guards) guard(value);
  };
}

function recordGuard(fields: readonly (readonly [string, ValueGuard | undefined])[]): ValueGuard | undefined {
  const guarded = fields.flatMap(([name, guard]) => (guard === undefined ? [] : [{ name, guard }]));
  if (guarded.length === 0) return undefined;
  return (value) => {
    if (!isObject(value)) return;
    for (const { name, guard } of guarded) guard(value[name]);
  };
}

function arrayGuard(guard: ValueGuard | undefined): ValueGuard | undefined {
  if (guard === undefined) return undefined;
  return (value) => {
    if (!Array.isArray(value)) return;
    for (const item of value) guard(item);
  };
}

function mapGuard(guard: ValueGuard | undefined): ValueGuard {
  return (value) => {
    if (!isObject(value)) return;
    for (const key of Object.keys(value)) {
      if (key === forbiddenKey) throw new AppError('EVENTBUS_CODEC_VALUE_INVALID', `a map has the key "${key}"`);
      guard?.(value[key]);
    }
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function simpleName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
