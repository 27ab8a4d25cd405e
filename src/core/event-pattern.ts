import type { EventPattern } from '../catalogue/model.ts';

type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

/**
 * Whether an event matches a pattern in the syntax of Lambda's event filtering: every field of the pattern has to
 * match, a field matches when one of its alternatives does, and `$or` holds alternatives over several fields.
 * Alternatives are values, or `prefix`, `suffix`, `equals-ignore-case`, `anything-but`, `numeric` and `exists`.
 * A list in the event matches when one of its elements does.
 */
export function matchesPattern(pattern: EventPattern, event: Json): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or' && Array.isArray(wanted)) {
      return (wanted as readonly EventPattern[]).some((alternative) => matchesPattern(alternative, event));
    }
    const value = isObject(event) ? event[field] : undefined;
    return Array.isArray(wanted)
      ? matchesAlternatives(wanted as readonly Json[], value)
      : isObject(value) && matchesPattern(wanted as EventPattern, value);
  });
}

/** Whether a value of no further fields matches one of the alternatives. */
export function matchesAlternatives(alternatives: readonly Json[], value: Json): boolean {
  return alternatives.some((alternative) => {
    if (isObject(alternative) && 'exists' in alternative) return alternative['exists'] === isLeaf(value);
    const values = Array.isArray(value) ? (value as readonly Json[]) : [value];
    return values.some((one) => one !== undefined && !isObject(one) && matchesAlternative(alternative, one));
  });
}

/** Existence is asked of values, not of objects. */
function isLeaf(value: Json): boolean {
  return value !== undefined && !isObject(value);
}

function matchesAlternative(alternative: Json, value: Json): boolean {
  if (!isObject(alternative)) return alternative === value;
  return Object.entries(alternative).every(([operator, operand]) => compare(operator, operand, value));
}

function compare(operator: string, operand: Json, value: Json): boolean {
  switch (operator) {
    case 'prefix':
      return typeof value === 'string' && typeof operand === 'string' && value.startsWith(operand);
    case 'suffix':
      return typeof value === 'string' && typeof operand === 'string' && value.endsWith(operand);
    case 'equals-ignore-case':
      return typeof value === 'string' && typeof operand === 'string' && sameIgnoringCase(value, operand);
    case 'anything-but':
      return !isExcluded(operand, value);
    case 'numeric':
      return typeof value === 'number' && Array.isArray(operand) && inRange(value, operand as readonly Json[]);
    default:
      return false;
  }
}

function isExcluded(operand: Json, value: Json): boolean {
  if (isObject(operand)) return Object.entries(operand).every(([inner, of]) => compare(inner, of, value));
  return Array.isArray(operand) ? operand.includes(value) : operand === value;
}

function sameIgnoringCase(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** `['>', 0, '<=', 5]`: comparisons and bounds in turn, all of which must hold. */
function inRange(value: number, comparisons: readonly Json[]): boolean {
  for (let at = 0; at < comparisons.length; at += 2) {
    if (!holds(value, comparisons[at], comparisons[at + 1])) return false;
  }
  return comparisons.length > 0;
}

function holds(value: number, sign: Json, bound: Json): boolean {
  if (typeof bound !== 'number') return false;
  switch (sign) {
    case '=':
      return value === bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    default:
      return false;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
