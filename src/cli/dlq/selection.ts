import { InvalidArgumentError } from 'commander';
import type { LetterQuery } from '../../core/redrive/letter-query.ts';
import { letterQueryOf } from '../../services/dead-letters/query-fields.ts';
import { readPositionOf } from '../consume/read-position.ts';

/** Flags that name letters, as commander gives them. */
export interface SelectionFlags {
  readonly group?: string;
  readonly consumer?: string;
  readonly topic?: string;
  readonly code?: string;
  readonly key?: string;
  readonly schemaVersion?: string;
  /** RFC 3339. */
  readonly since?: string;
  readonly until?: string;
  readonly status?: string;
}

/** Parser of a flag that takes a time or an age; answers RFC 3339. */
export function timeOf(text: string): string {
  const position = readPositionOf(text, Date.now());
  if (typeof position === 'object' && 'timestampMs' in position) return new Date(position.timestampMs).toISOString();
  throw new InvalidArgumentError('Give a time such as 2026-05-04T10:00:00Z, or an age such as 15m, 2h or 3d.');
}

/** @throws AppError EVENTBUS_DLQ_QUERY_INVALID */
export function queryOf(flags: SelectionFlags, ids: readonly string[] = []): LetterQuery {
  const { group, consumer, topic, code, key, schemaVersion, since, until, status } = flags;
  const conditions = { group, consumer, topic, code, key, schemaVersion, since, until, status };
  return letterQueryOf({ ...conditions, ...(ids.length === 0 ? {} : { ids }) });
}
