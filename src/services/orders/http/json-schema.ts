/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** An object of these fields and no others. Fields in `optional` may be left out. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  { optional = [], description }: { readonly optional?: readonly string[]; readonly description?: string } = {},
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

export function listOf(items: JsonSchema, limits: JsonSchema = {}): JsonSchema {
  return { type: 'array', items, ...limits };
}

/** The schema, or null. */
export function nullable(schema: JsonSchema): JsonSchema {
  if (typeof schema['type'] !== 'string') return { anyOf: [schema, { type: 'null' }] };
  const { enum: values, ...rest } = schema;
  return {
    ...rest,
    type: [schema['type'], 'null'],
    ...(Array.isArray(values) ? { enum: [...(values as readonly unknown[]), null] } : {}),
  };
}

export function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}

/** A reference to a schema of the document. */
export function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

export const text: JsonSchema = { type: 'string' };
export const flag: JsonSchema = { type: 'boolean' };
export const version: JsonSchema = {
  type: 'integer',
  minimum: 0,
  description: 'Number of the last event that is contained; 0 when its writer keeps none.',
};
export const count: JsonSchema = { type: 'integer', minimum: 0 };
export const time: JsonSchema = { type: 'string', format: 'date-time', description: 'RFC 3339.' };
/** An id that a caller gives; the same characters as everywhere on the bus. */
export const id: JsonSchema = { type: 'string', pattern: '^[A-Za-z0-9_.:@+=-]{1,128}$' };
export const currency: JsonSchema = { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217, such as EUR.' };
export const country: JsonSchema = {
  type: 'string',
  pattern: '^[A-Z]{2}$',
  description: 'ISO 3166-1 alpha-2, such as NO.',
};
export const language: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$',
  maxLength: 35,
  description: 'BCP 47, such as nb-NO.',
};
export const amount: JsonSchema = {
  type: 'integer',
  minimum: 0,
  maximum: 1_000_000_000_000,
  description: 'Minor units of the currency (cents).',
};
/** Text that people write, without control characters. */
export const words = (maxLength: number): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength,
  pattern: '^[^\\u0000-\\u001f]*$',
});
