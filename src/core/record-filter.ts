import type { EventPattern } from '../catalogue/model.ts';
import { matchesAlternatives, matchesPattern } from './event-pattern.ts';

/** What a filter sees of a record. */
export interface FilteredRecord {
  /** Text of the value and the key; `null` when it is absent or no UTF-8. */
  readonly value: string | null;
  readonly key: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: string;
}

/** Whether Lambda would deliver a record: it matches one of the patterns, or there is none. */
export function passesFilters(filters: readonly EventPattern[], record: FilteredRecord): boolean {
  return filters.length === 0 || filters.some((filter) => passes(filter, record));
}

/**
 * Value and key are compared in the form of the pattern: fields against JSON, alternatives against a plain text. As
 * documented for Kafka, a record in the other form, or no UTF-8, is judged by its other properties alone.
 */
function passes(filter: EventPattern, record: FilteredRecord): boolean {
  const { value, key, ...metadata } = filter;
  return passesText(value, record.value) && passesText(key, record.key) && matchesPattern(metadata, record);
}

function passesText(pattern: EventPattern[string] | undefined, text: string | null): boolean {
  if (pattern === undefined || text === null) return true;
  const json = parsed(text);
  if (Array.isArray(pattern)) return json !== undefined || matchesAlternatives(pattern as readonly unknown[], text);
  return json === undefined || matchesPattern(pattern as EventPattern, json);
}

/** `undefined` for a plain text; a number or a quoted text alone counts as one. */
function parsed(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}
