import { AppError } from '../errors/app-error.ts';
import { type Fields, isFields } from '../fields.ts';

type Scalar = string | number | boolean;

/** A subscription's own selection of events: every condition must hold. */
export type Filter = (data: Fields) => boolean;

interface Range {
  readonly gt?: string | number;
  readonly gte?: string | number;
  readonly lt?: string | number;
  readonly lte?: string | number;
}

const maxConditions = 16;
const maxAlternatives = 64;
const maxTextLength = 256;
const maxFields = 64;
const bounds = ['gt', 'gte', 'lt', 'lte'] as const;

/**
 * Reads `{ field: value }`, `{ field: [value, value] }` and `{ field: { gte: 10, lt: 20 } }`; a path such as
 * `thumbnails.widthPx` goes into records, and into lists, of which one entry must match.
 *
 * @param allowed - first parts of the paths
 * @throws AppError EVENTBUS_REALTIME_FILTER_INVALID
 */
export function parseFilter(filter: unknown, allowed: ReadonlySet<string>): Filter {
  if (!isFields(filter)) throw invalid(`filter is ${shown(filter)}, allowed is an object`);
  const entries = Object.entries(filter);
  if (entries.length > maxConditions) {
    throw invalid(`filter has ${entries.length} conditions, allowed are ${maxConditions}`);
  }
  const conditions = entries.map(([path, wanted]) => {
    const steps = parsePath(path, allowed);
    const test = parseTest(path, wanted);
    return (data: Fields) => reaches(data, steps, test);
  });
  return (data) => conditions.every((condition) => condition(data));
}

/**
 * Reads a list of fields to send.
 *
 * @throws AppError EVENTBUS_REALTIME_FILTER_INVALID
 */
export function parseFields(fields: unknown, allowed: ReadonlySet<string>): readonly string[] {
  if (!Array.isArray(fields) || fields.length === 0 || fields.length > maxFields) {
    throw invalid(`fields is ${shown(fields)}, allowed is a list of 1 to ${maxFields} names`);
  }
  for (const field of fields) {
    if (typeof field !== 'string' || !allowed.has(field)) throw unknownField(shown(field), allowed);
  }
  return [...new Set(fields as readonly string[])].toSorted();
}

/** The named fields of a payload; those it has not got are left out. */
export function project(data: Fields, fields: readonly string[]): Fields {
  return Object.fromEntries(fields.filter((field) => Object.hasOwn(data, field)).map((field) => [field, data[field]]));
}

function parsePath(path: string, allowed: ReadonlySet<string>): readonly string[] {
  const steps = path.split('.');
  if (steps.length > 4 || path.length > maxTextLength || !allowed.has(steps[0] ?? '')) {
    throw unknownField(JSON.stringify(path.slice(0, 80)), allowed);
  }
  return steps;
}

function parseTest(path: string, wanted: unknown): (value: unknown) => boolean {
  if (isScalar(wanted)) return (value) => value === wanted;
  if (Array.isArray(wanted)) {
    if (wanted.length === 0 || wanted.length > maxAlternatives || !wanted.every(isScalar)) {
      throw invalid(
        `${path} is a list that is not usable, allowed are 1 to ${maxAlternatives} texts, numbers or booleans`,
      );
    }
    const alternatives = new Set<unknown>(wanted);
    return (value) => alternatives.has(value);
  }
  return inRange(parseRange(path, wanted));
}

function parseRange(path: string, wanted: unknown): Range {
  const names = isFields(wanted) ? Object.keys(wanted) : [];
  const known = names.every((name) => (bounds as readonly string[]).includes(name));
  if (!isFields(wanted) || names.length === 0 || !known) {
    throw invalid(`${path} is ${shown(wanted)}, allowed is a value, a list of values, or gt, gte, lt and lte`);
  }
  const values = Object.values(wanted);
  const kind = typeof values[0];
  const ordered = (kind === 'number' || kind === 'string') && values.every((bound) => typeof bound === kind);
  if (!ordered || !values.every(isScalar))
    throw invalid(`the bounds of ${path} must be numbers, or texts, of one kind`);
  return wanted;
}

function inRange({ gt, gte, lt, lte }: Range): (value: unknown) => boolean {
  const kind = typeof (gt ?? gte ?? lt ?? lte);
  return (value) => {
    if (typeof value !== kind) return false;
    const found = value as number;
    // Texts compare by their code units, numbers by size; both sides are of one kind.
    return (
      (gt === undefined || found > (gt as number)) &&
      (gte === undefined || found >= (gte as number)) &&
      (lt === undefined || found < (lt as number)) &&
      (lte === undefined || found <= (lte as number))
    );
  };
}

function reaches(value: unknown, steps: readonly string[], test: (value: unknown) => boolean): boolean {
  if (Array.isArray(value)) return value.some((entry) => reaches(entry, steps, test));
  const [step, ...rest] = steps;
  if (step === undefined) return test(value);
  return isFields(value) && Object.hasOwn(value, step) && reaches(value[step], rest, test);
}

function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.length <= maxTextLength;
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}

function unknownField(got: string, allowed: ReadonlySet<string>): AppError {
  return invalid(`field ${got} is not in the events of this room, which have ${[...allowed].toSorted().join(', ')}`);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? typeof value).slice(0, 80);
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_REALTIME_FILTER_INVALID', what);
}
