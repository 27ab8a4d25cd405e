import { isFields } from '../fields.ts';
import type { DeadLetter, LetterHeader } from './dead-letter.ts';

/** A letter, or why the value is none. */
export type ParsedLetter = { readonly letter: DeadLetter } | { readonly problem: string };

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const textOrNull: Check = (value) => value === null || typeof value === 'string';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const time: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const name: Check = (value) => typeof value === 'string' && /^[\w.-]{1,249}$/.test(value);

const checks: Readonly<Record<Exclude<keyof DeadLetter, 'claim'>, Check>> = {
  consumer: name,
  topic: name,
  partition: (value) => count(value) && (value as number) < 2 ** 31,
  offset: count,
  timestampMs: Number.isSafeInteger,
  key: textOrNull,
  value: textOrNull,
  headers: (value) => Array.isArray(value) && value.every(isHeader),
  eventId: textOrNull,
  schemaVersion: textOrNull,
  code: text,
  message: text,
  stack: textOrNull,
  attempts: (value) => count(value) && (value as number) < 2 ** 31,
  firstFailedAt: time,
  lastFailedAt: time,
  handlerVersion: text,
  source: (value) => value === 'consumer' || value === 'invocation-record',
};

/** What letters lacked that were written before the field was there. */
const fallbacks: Readonly<Partial<DeadLetter>> = { schemaVersion: null, source: 'consumer' };

/** Reads a letter from the JSON that a queue or the object store holds. */
export function parseLetter(json: unknown): ParsedLetter {
  if (!isFields(json)) return { problem: 'it is no JSON object' };
  const found: Partial<Record<keyof DeadLetter, unknown>> = { ...fallbacks, ...json };
  for (const [field, holds] of Object.entries(checks) as [keyof DeadLetter, Check][]) {
    if (!holds(found[field])) return { problem: `${field} is ${found[field] === undefined ? 'missing' : 'not valid'}` };
  }
  const claim = found.claim as Partial<DeadLetter['claim']>;
  if (claim !== undefined && !(text(claim?.key) && count(claim?.valueBytes))) return { problem: 'claim is not valid' };
  return { letter: found as DeadLetter };
}

function isHeader(header: unknown): boolean {
  const { name, value } = (header ?? {}) as Partial<LetterHeader>;
  return typeof name === 'string' && typeof value === 'string';
}
