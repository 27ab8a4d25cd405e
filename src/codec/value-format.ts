import { contentTypes } from '../catalogue/headers.ts';
import { AppError } from '../core/errors/app-error.ts';
import { confluentFrameByte, glueFrameByte } from './frame.ts';

/** How a record's value is written: framed Avro, a JSON document, or a CloudEvent in structured mode. */
export type ValueFormat = 'avro' | 'json' | 'structured';

const formats: ReadonlyMap<string, ValueFormat> = new Map([
  [contentTypes.avro, 'avro'],
  ['avro/binary', 'avro'],
  [contentTypes.json, 'json'],
  ['text/json', 'json'],
  [contentTypes.cloudEventsJson, 'structured'],
]);

/** Types that say nothing about the value, so that its first byte decides. */
const untold: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'text/plain']);

/** The format that a content type names; without one, what the first byte says. */
export function formatOf(contentType: string | undefined, bytes: Buffer): ValueFormat {
  if (contentType === undefined) return sniffed(bytes);
  const media = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (untold.has(media)) return sniffed(bytes);
  const format = formats.get(media) ?? (media.endsWith('+json') ? 'json' : undefined);
  if (format !== undefined) return format;
  throw new AppError('EVENTBUS_CODEC_CONTENT_TYPE_UNKNOWN', `got "${contentType.slice(0, 100)}"`);
}

/** The format of the data inside a CloudEvent, which is not a CloudEvent again. */
export function innerFormatOf(contentType: string | undefined, bytes: Buffer): ValueFormat {
  const format = formatOf(contentType, bytes);
  if (format !== 'structured') return format;
  throw new AppError('EVENTBUS_CODEC_CONTENT_TYPE_UNKNOWN', `datacontenttype "${contentType}" inside a CloudEvent`);
}

function sniffed(bytes: Buffer): ValueFormat {
  const [first] = bytes;
  if (first === glueFrameByte || first === confluentFrameByte) return 'avro';
  return bytes.find((byte) => byte > 0x20) === 0x7b ? 'json' : 'avro';
}

/** Parses a JSON document. The message tells where it breaks, never what it says. */
export function parseJsonText(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    const where = position === undefined ? '' : `, breaks at position ${position}`;
    throw new AppError('EVENTBUS_CODEC_JSON_INVALID', `got ${bytes.length} bytes${where}`);
  }
}
