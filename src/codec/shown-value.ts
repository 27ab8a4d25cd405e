const maxShown = 60;

/** A value as an error message names it: short, and never the contents of an object. */
export function shownValue(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'absent';
    case 'string':
      return JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}…` : value);
    case 'number':
    case 'boolean':
    case 'bigint':
      return `${value}`;
    case 'object':
      return Array.isArray(value) ? `an array of ${value.length}` : 'an object';
    case 'function':
    case 'symbol':
    default:
      return `a ${typeof value}`;
  }
}
