import type { DeadLetter } from './dead-letter.ts';

/** Longest normalised message, characters: what differs further on is no other cause. */
const maxLength = 500;

/** What varies from record to record, longest forms first, and what stands for it. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/"(?:[^"\\]|\\.)*"|“[^”]*”|`[^`]*`/g, '<text>'],
  [/(?<=^|[\s(:=])'[^']{0,200}'(?!\w)/g, '<text>'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?/g, '<time>'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b/gi, '<id>'],
  [/\b[\w.-]+-\d+ at offset \d+/g, '<place>'],
  [/[-+]?\d[\d_,]*(?:\.\d+)?(?:e[-+]?\d+)?/gi, '<n>'],
  [/(?:<n>[.:/-]?)+(?=<n>)/g, ''],
  [/\s+/g, ' '],
];

/**
 * The message without what differs between records of one cause: quoted texts, ids, times, places in the log and
 * numbers. Digits inside a word count as numbers too, so that `van-7` and `van-12` are one cause.
 */
export function normalisedMessage(message: string): string {
  // Bounded before the expressions run: a message may quote a whole value.
  const bounded = message.slice(0, 4 * maxLength);
  return varying
    .reduce((text, [pattern, stand]) => text.replaceAll(pattern, stand), bounded)
    .trim()
    .slice(0, maxLength);
}

/** What makes letters one group, as text to be hashed: code, normalised message, consumer and schema version. */
export function fingerprintText(letter: Pick<DeadLetter, 'code' | 'message' | 'consumer' | 'schemaVersion'>): string {
  return JSON.stringify([letter.consumer, letter.code, letter.schemaVersion, normalisedMessage(letter.message)]);
}
