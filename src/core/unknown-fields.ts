import { type Fields, isFields } from './fields.ts';

/**
 * Paths of what `json` has and `value`, the same after parsing, has not: fields that the schema does not know.
 * Items of arrays share a path: `readings[].colour`. What is undefined is not there: JSON has no form for it.
 */
export function unknownFields(json: unknown, value: unknown, path = ''): readonly string[] {
  if (Array.isArray(json) && Array.isArray(value)) {
    return [...new Set(json.flatMap((item, index) => unknownFields(item, value[index], `${path}[]`)))];
  }
  if (!isObject(json) || !isObject(value)) return [];
  return Object.entries(json).flatMap(([name, inner]) => {
    if (inner === undefined) return [];
    const below = path === '' ? name : `${path}.${name}`;
    return Object.hasOwn(value, name) ? unknownFields(inner, value[name], below) : [below];
  });
}

function isObject(value: unknown): value is Fields {
  return isFields(value) && !ArrayBuffer.isView(value);
}
