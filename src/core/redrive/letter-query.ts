import type { LetterStatus } from '../dead-letters/dead-letter.ts';

export const letterStatuses = ['open', 'redriving', 'redriven', 'discarded'] as const satisfies readonly LetterStatus[];

/** Which letters are meant; all conditions hold together, an empty query means all. */
export interface LetterQuery {
  readonly ids?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly consumer?: string | undefined;
  readonly topic?: string | undefined;
  readonly code?: string | undefined;
  /** The record's key as text. */
  readonly key?: string | undefined;
  /** Such as `VehicleState/v2`. */
  readonly schemaVersion?: string | undefined;
  /** Failed last at or after, ms since 1970-01-01 UTC. */
  readonly sinceMs?: number | undefined;
  /** Failed last before, ms since 1970-01-01 UTC. */
  readonly untilMs?: number | undefined;
  readonly status?: LetterStatus | undefined;
}

/** True when the query names no letters in particular. */
export function selectsAll({ status: _status, ...conditions }: LetterQuery): boolean {
  return Object.values(conditions).every((condition) => condition === undefined);
}

/** The query in words, for audit trail and messages: `consumer=… code=…`. */
export function queryText(query: LetterQuery): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (Array.isArray(value)) return value.length > 3 ? `${value.length} ids` : `ids=${value.join(',')}`;
      if (name === 'sinceMs') return `since=${new Date(Number(value)).toISOString()}`;
      if (name === 'untilMs') return `until=${new Date(Number(value)).toISOString()}`;
      return `${name}=${String(value)}`;
    });
  return parts.length === 0 ? 'all letters' : parts.join(' ');
}
