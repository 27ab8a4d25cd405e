import type { LetterQuery } from '../../core/redrive/letter-query.ts';

/** A condition on `dead_letter` as SQL, with its parameters. */
export interface LetterCondition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** SQL of a query over the table `dead_letter` with alias `l`; parameters are numbered from `first`. */
export function letterCondition(query: LetterQuery, first = 1): LetterCondition {
  const parts: string[] = [];
  const values: unknown[] = [];
  const add = (sql: (parameter: string) => string, value: unknown) => {
    if (value === undefined) return;
    parts.push(sql(`$${first + values.length}`));
    values.push(value);
  };
  add((ids) => `l.letter_id = any(${ids}::uuid[])`, query.ids);
  add((group) => `l.group_id = ${group}`, query.group);
  add((consumer) => `l.consumer = ${consumer}`, query.consumer);
  add((topic) => `l.topic = ${topic}`, query.topic);
  add((code) => `l.code = ${code}`, query.code);
  add((key) => `l.key = ${key}::bytea`, query.key === undefined ? undefined : Buffer.from(query.key));
  add((version) => `l.schema_version = ${version}`, query.schemaVersion);
  add((time) => `l.last_failed_at >= ${time}`, date(query.sinceMs));
  add((time) => `l.last_failed_at < ${time}`, date(query.untilMs));
  add((status) => `l.status = ${status}`, query.status);
  return { sql: parts.length === 0 ? 'true' : parts.join(' and '), values };
}

function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
