import { type Fields, isFields } from '../fields.ts';

/** One difference between two values. */
export interface ValueChange {
  /** Field path such as `readings[2].speedKmh`; empty for the value as a whole. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Where two values differ, in the order of the second one's fields; empty when they are equal. */
export function valueDiff(before: unknown, after: unknown): readonly ValueChange[] {
  const changes: ValueChange[] = [];
  compare({ before, after }, '', changes);
  return changes;
}

interface Pair {
  readonly before: unknown;
  readonly after: unknown;
}

function compare({ before, after }: Pair, path: string, changes: ValueChange[]): void {
  if (Object.is(before, after)) return;
  if (before === undefined) changes.push({ path, kind: 'added', after });
  else if (after === undefined) changes.push({ path, kind: 'removed', before });
  else if (isRecord(before) && isRecord(after)) {
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
      const pair = { before: own(before, name), after: own(after, name) };
      compare(pair, path === '' ? name : `${path}.${name}`, changes);
    }
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      compare({ before: before[index], after: after[index] }, `${path}[${index}]`, changes);
    }
  } else if (!sameBytes(before, after)) changes.push({ path, kind: 'changed', before, after });
}

function isRecord(value: unknown): value is Fields {
  return isFields(value) && !(value instanceof Uint8Array);
}

/** Inherited properties (`constructor`, `toString`) are nobody's fields. */
function own(record: Fields, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function sameBytes(before: unknown, after: unknown): boolean {
  if (!(before instanceof Uint8Array) || !(after instanceof Uint8Array)) return false;
  return before.length === after.length && before.every((byte, index) => byte === after[index]);
}
