import { headers } from '../../catalogue/headers.ts';
import type { LogRecord } from './log-source.ts';

/** The headers that the lake has columns for, and whether their value repeats from record to record as a rule. */
const repeats: ReadonlyMap<string, boolean> = new Map<string, boolean>([
  [headers.source, true],
  [headers.type, true],
  [headers.contentType, true],
  [headers.id, false],
  [headers.time, false],
  [headers.subject, false],
  [headers.traceparent, false],
]);

/** Repeated values as they were last: giving the same string again is cheaper than decoding, for every record of the log. */
const last = new Map<string, { readonly bytes: Buffer; readonly text: string }>();

/** The record's CloudEvents headers as text. */
export function eventHeaders(record: LogRecord): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of record.headers) {
    const isRepeated = repeats.get(name);
    if (isRepeated !== undefined && value !== null) found[name] = isRepeated ? repeated(name, value) : value.toString();
  }
  return found;
}

function repeated(name: string, value: Buffer): string {
  const before = last.get(name);
  if (before?.bytes.equals(value)) return before.text;
  const text = value.toString();
  // Copied: a view would keep the broker's whole answer in memory.
  last.set(name, { bytes: Buffer.from(value), text });
  return text;
}
