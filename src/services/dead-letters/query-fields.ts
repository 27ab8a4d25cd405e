import { AppError } from '../../core/errors/app-error.ts';
import type { Fields } from '../../core/fields.ts';
import { type LetterQuery, letterStatuses } from '../../core/redrive/letter-query.ts';
import { isGroupId, isUuid } from './letter-store.ts';

const texts = ['consumer', 'topic', 'code', 'key', 'schemaVersion'] as const;

/** Fields that {@link letterQueryOf} reads. */
export const queryFields: readonly string[] = ['ids', 'group', ...texts, 'since', 'until', 'status'];

const maxIds = 10_000;

/**
 * The letters that fields name: `ids`, `group`, `consumer`, `topic`, `code`, `key`, `schemaVersion`, `since` and `until`
 * (RFC 3339), `status` (`all` is none). Other fields are refused, so that a misspelt one does not select everything.
 * @throws AppError EVENTBUS_DLQ_QUERY_INVALID naming the field
 */
export function letterQueryOf(fields: Fields): LetterQuery {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const unknown = Object.keys(given).find((name) => !queryFields.includes(name));
  if (unknown !== undefined) throw invalid(`"${unknown}" is no condition, allowed are ${queryFields.join(', ')}`);
  return {
    ids: idsOf(given['ids']),
    group: groupOf(given['group']),
    ...Object.fromEntries(texts.map((name) => [name, textOf(name, given[name])])),
    sinceMs: timeOf('since', given['since']),
    untilMs: timeOf('until', given['until']),
    status: statusOf(given['status']),
  };
}

function idsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const ids = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (ids.length === 0 || ids.length > maxIds) throw invalid(`ids is ${shown(value)}, allowed are 1 to ${maxIds} ids`);
  return ids.map((id) => {
    if (typeof id === 'string' && isUuid(id)) return id;
    throw invalid(`the id ${shown(id)} is no letter's: those are UUIDs`);
  });
}

function groupOf(value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && isGroupId(value))) return value;
  throw invalid(`group is ${shown(value)}, allowed are 16 hexadecimal digits`);
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0'))) return value;
  throw invalid(`${name} is ${shown(value)}, allowed is text`);
}

function timeOf(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(`${name} is ${shown(value)}, allowed is a time such as 2026-11-21T10:00:00Z`);
  return ms;
}

function statusOf(value: unknown): LetterQuery['status'] {
  if (value === undefined || value === 'all') return undefined;
  const status = letterStatuses.find((known) => known === value);
  if (status === undefined) throw invalid(`status is ${shown(value)}, allowed are ${letterStatuses.join(', ')}, all`);
  return status;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'absent').slice(0, 80);
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_DLQ_QUERY_INVALID', what);
}
