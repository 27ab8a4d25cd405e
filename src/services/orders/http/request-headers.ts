import type { JsonSchema } from './json-schema.ts';

/** Headers that requests are checked for. */
export const headerSchemas = {
  'Idempotency-Key': {
    type: 'string',
    minLength: 1,
    maxLength: 257,
    pattern: '^("[\\x20-\\x21\\x23-\\x5b\\x5d-\\x7e]{1,255}"|[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,255})$',
    description:
      'Text of the caller’s own, a new UUID as a rule; the same one repeats the request and gets the first answer. Kept for 24 hours.',
  },
  'If-Match': {
    type: 'string',
    pattern: '^("[0-9]{1,15}"|[*])$',
    description: 'The ETag that was read; another version is refused with 412.',
  },
} as const satisfies Readonly<Record<string, JsonSchema>>;

export type HeaderName = keyof typeof headerSchemas;

/** The key without the quotes that a structured header has. */
export function bareKey(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1) : value;
}

/** The version of an If-Match; undefined for any. */
export function expectedVersion(value: string | undefined): number | undefined {
  return value === undefined || value === '*' ? undefined : Number(value.slice(1, -1));
}
