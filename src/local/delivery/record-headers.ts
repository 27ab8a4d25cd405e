import { headers } from '../../catalogue/headers.ts';
import type { LogRecord } from './log-source.ts';

interface KnownHeader {
  readonly name: string;
  readonly bytes: Buffer;
  /** The value before, for headers whose value repeats from record to record. */
  last: { readonly bytes: Buffer; readonly text: string } | undefined;
}

const noValue = { bytes: Buffer.alloc(0), text: '' };

/** The headers that the lake has columns for. */
const knownHeaders: readonly KnownHeader[] = [
  ...[headers.id, headers.time, headers.subject, headers.traceparent].map((name) => ({ name, last: undefined })),
  ...[headers.source, headers.type, headers.contentType].map((name) => ({ name, last: noValue })),
].map((header) => ({ ...header, bytes: Buffer.from(header.name) }));

/** Which header stood at which place last time: producers write the same headers in the same order. */
const places: (KnownHeader | undefined)[] = [];

/**
 * The record's CloudEvents headers as text. Names are compared, not decoded, and a repeated value gives the string it
 * gave before: this runs for every record of the log.
 */
export function eventHeaders(record: LogRecord): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (let place = 0; place < record.headers.length; place++) {
    const [name, value] = record.headers[place] as (typeof record.headers)[number];
    if (name === null || value === null) continue;
    let header = places[place];
    if (header === undefined || !name.equals(header.bytes)) {
      header = knownHeaders.find(({ bytes }) => bytes.length === name.length && name.equals(bytes));
      if (header === undefined) continue;
      if (place < 32) places[place] = header;
    }
    found[header.name] = textOf(value, header);
  }
  return found;
}

function textOf(value: Buffer, header: KnownHeader): string {
  if (header.last === undefined) return value.toString('utf8');
  if (!value.equals(header.last.bytes)) {
    // Copied: a view would keep the broker's whole answer in memory.
    header.last = { bytes: Buffer.from(value), text: value.toString('utf8') };
  }
  return header.last.text;
}
