/** Fields of an object of which no more is known, such as JSON from outside. */
export type Fields = Readonly<Record<string, unknown>>;

/** True for an object that is no array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
