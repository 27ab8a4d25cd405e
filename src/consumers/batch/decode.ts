import type { Subject } from '../../catalogue/events.generated.ts';
import { headers } from '../../catalogue/headers.ts';
import { type CloudEventAttributes, fromHeaders } from '../../codec/cloud-event.ts';
import type { Codec, Decoded } from '../../codec/codec.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type Failure, failureOf } from './failure.ts';
import type { MskRecord } from './msk-event.ts';
import type { Item } from './processor.ts';
import { HeaderReader } from './record-headers.ts';

/** A record that cannot be decoded. */
export interface Unreadable {
  readonly record: MskRecord;
  readonly eventId: string | null;
  readonly failure: Failure;
}

export interface DecodedPartition<T> {
  readonly items: readonly Item<T>[];
  readonly unreadable: readonly Unreadable[];
  /** Records that the event holds twice. */
  readonly repeated: number;
}

/** Decodes the records of one partition, in order; a record at fault does not touch its neighbours. */
export function decodePartition<T>(
  records: readonly MskRecord[],
  subject: Subject,
  codec: Pick<Codec, 'decodeRecord'>,
): DecodedPartition<T> {
  const items: Item<T>[] = [];
  const unreadable: Unreadable[] = [];
  const reader = new HeaderReader();
  const decodeValue: DecodeValue = (contentType, bytes) => codec.decodeRecord(subject, contentType, bytes);
  let repeated = 0;
  let last = -1;
  for (const record of records) {
    if (record.offset <= last) {
      repeated += 1;
      continue;
    }
    last = record.offset;
    try {
      reader.load(record.headers);
      items.push(decodeItem<T>(record, reader, decodeValue));
    } catch (error) {
      unreadable.push({ record, eventId: reader.get(headers.id) ?? null, failure: poison(error, record) });
    }
  }
  return { items, unreadable, repeated };
}

type DecodeValue = (contentType: string | undefined, bytes: Buffer) => Decoded;

function decodeItem<T>(record: MskRecord, reader: HeaderReader, decodeValue: DecodeValue): Item<T> {
  const { topic, partition, offset, value, key } = record;
  if (value === undefined || value === null) {
    throw new AppError('EVENTBUS_CONSUMER_VALUE_MISSING', `${topic}-${partition} at offset ${offset}`);
  }
  // Binary mode is known by its version header; attributes inside the value are the other form.
  const binary = reader.get(headers.specVersion) === undefined ? null : fromHeaders(reader.get);
  const decoded = decodeValue(reader.get(headers.contentType), Buffer.from(value, 'base64'));
  return {
    topic,
    partition,
    offset,
    timestampMs: record.timestamp,
    key: key === undefined || key === null ? null : Buffer.from(key, 'base64').toString(),
    event: binary ?? decoded.event ?? foreignEvent(record, reader),
    value: decoded.value as T,
  };
}

/** Attributes of a record that no CloudEvents producer wrote: its coordinates are its identity. */
function foreignEvent({ topic, partition, offset }: MskRecord, reader: HeaderReader): CloudEventAttributes {
  return {
    id: `${topic}/${partition}/${offset}`,
    source: `/kafka/${topic}`,
    type: reader.get(headers.type) ?? '',
    contentType: reader.get(headers.contentType),
    traceparent: reader.get(headers.traceparent),
    tracestate: reader.get(headers.tracestate),
  };
}

/** Whatever a decoder throws is the record's own fault; decoding depends on nothing outside. */
function poison(error: unknown, record: MskRecord): Failure {
  const failure = failureOf(error);
  if (failure.kind === 'poison') return failure;
  const at = `${record.topic}-${record.partition} at offset ${record.offset}: ${failure.message}`;
  return { ...failureOf(new AppError('EVENTBUS_CONSUMER_RECORD_UNREADABLE', at)), stack: failure.stack };
}
