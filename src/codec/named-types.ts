import type { AvroSchema } from '../catalogue/avro-schema.ts';

/** What names stand for while a schema is compiled to something of kind `T`. */
export interface NamedTypes<T> {
  readonly named: Map<string, T>;
  /** Namespace of the type around; empty outside of all. */
  readonly namespace: string;
}

export type NamedSchema = Extract<AvroSchema, { readonly name: string }>;

interface Definition<T> {
  /** Stands for the type inside itself, so that a schema may contain itself; `later` answers from then on. */
  readonly meanwhile: (later: () => T | undefined) => T;
  readonly compile: (inner: NamedTypes<T>) => T;
}

/** Compiles a named type and registers it under its full name, before its fields are compiled. */
export function defineType<T>(schema: NamedSchema, scope: NamedTypes<T>, { meanwhile, compile }: Definition<T>): T {
  const namespace = schema.namespace ?? scope.namespace;
  const name = namespace === '' || schema.name.includes('.') ? schema.name : `${namespace}.${schema.name}`;
  let compiled: T | undefined;
  scope.named.set(
    name,
    meanwhile(() => compiled),
  );
  compiled = compile({ named: scope.named, namespace });
  scope.named.set(name, compiled);
  return compiled;
}

/**
 * What a name stands for.
 * @throws TypeError when the schema uses it before defining it
 */
export function typeNamed<T>(name: string, { named, namespace }: NamedTypes<T>): T {
  const found = named.get(name) ?? named.get(`${namespace}.${name}`);
  if (found === undefined) throw new TypeError(`the schema names the type "${name}" before defining it`);
  return found;
}
