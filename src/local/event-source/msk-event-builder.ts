import type { MskEvent, MskHeader, MskRecord } from '../../consumers/batch/msk-event.ts';
import { ByteCursor } from '../../kafka/byte-cursor.ts';
import type { BatchSegment, InvocationBatch } from './invocation-batch.ts';

/** Builds the event of a Kafka event source mapping, as Lambda would have parsed it from JSON. */
export function buildMskEvent({ bytes, segments, eventSourceArn, bootstrapServers }: InvocationBatch): MskEvent {
  const records: Record<string, MskRecord[]> = {};
  const whole = Buffer.from(bytes);
  const headers = new HeaderBuilder(whole);
  for (const segment of segments) {
    const list = (records[`${segment.topic}-${segment.partition}`] ??= []);
    const cursor = new ByteCursor(whole, segment.start);
    while (cursor.at < segment.end) list.push(buildRecord(cursor, segment, headers));
  }
  return { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers, records };
}

function buildRecord(cursor: ByteCursor, segment: BatchSegment, headers: HeaderBuilder): MskRecord {
  const length = cursor.varint();
  const end = cursor.at + length;
  cursor.skip(1);
  const timestamp = segment.logAppendTimeMs ?? segment.baseTimestampMs + cursor.varint();
  if (segment.logAppendTimeMs !== null) cursor.varint();
  const offset = segment.baseOffset + cursor.varint();
  const key = base64(cursor);
  const value = base64(cursor);
  const { topic, partition } = segment;
  const timestampType = segment.logAppendTimeMs === null ? 'CREATE_TIME' : 'LOG_APPEND_TIME';
  const list = headers.build(cursor);
  cursor.at = end;
  const record = { topic, partition, offset, timestamp, timestampType } as const;
  if (key === null) return value === null ? { ...record, headers: list } : { ...record, value, headers: list };
  if (value === null) return { ...record, key, headers: list };
  // Nearly every record has both; a literal is much faster than a spread.
  return { topic, partition, offset, timestamp, timestampType, key, value, headers: list };
}

function base64(cursor: ByteCursor): string | null {
  const length = cursor.varint();
  if (length < 0) return null;
  const at = cursor.skip(length);
  return cursor.bytes.toString('base64', at, at + length);
}

interface KnownHeader {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly name: string;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly header: MskHeader;
}

/** Builds header lists. A header with the same bytes at the same place as in the record before is the same object. */
class HeaderBuilder {
  readonly #bytes: Buffer;
  readonly #signed: Int8Array;
  readonly #known: KnownHeader[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  build(cursor: ByteCursor): MskHeader[] {
    const count = cursor.varint();
    const list: MskHeader[] = [];
    for (let index = 0; index < count; index += 1) {
      const nameBytes = cursor.varint();
      const nameStart = cursor.skip(nameBytes);
      const valueBytes = Math.max(0, cursor.varint());
      const valueStart = cursor.skip(valueBytes);
      list.push(this.#header(index, [nameStart, nameStart + nameBytes], [valueStart, valueStart + valueBytes]));
    }
    return list;
  }

  #header(index: number, [nameStart, nameEnd]: Span, [valueStart, valueEnd]: Span): MskHeader {
    const known = this.#known[index];
    const sameName = known !== undefined && this.#equal([known.nameStart, known.nameEnd], [nameStart, nameEnd]);
    if (sameName && this.#equal([known.valueStart, known.valueEnd], [valueStart, valueEnd])) return known.header;
    const name = sameName ? known.name : this.#bytes.toString('utf8', nameStart, nameEnd);
    const header = { [name]: this.#numbers(valueStart, valueEnd) };
    this.#known[index] = { nameStart, nameEnd, name, valueStart, valueEnd, header };
    return header;
  }

  #numbers(start: number, end: number): number[] {
    const numbers: number[] = [];
    for (let at = start; at < end; at += 1) numbers.push(this.#signed[at] as number);
    return numbers;
  }

  #equal([leftStart, leftEnd]: Span, [rightStart, rightEnd]: Span): boolean {
    const length = leftEnd - leftStart;
    if (length !== rightEnd - rightStart) return false;
    const bytes = this.#bytes;
    // From the end: ids and times differ there.
    for (let at = length - 1; at >= 0; at -= 1) if (bytes[leftStart + at] !== bytes[rightStart + at]) return false;
    return true;
  }
}

type Span = readonly [start: number, end: number];
