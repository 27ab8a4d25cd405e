import { contentTypes } from '../catalogue/headers.ts';
import type { Topic } from '../catalogue/model.ts';
import { type CloudEventAttributes, toHeaders } from '../codec/cloud-event.ts';
import type { Codec } from '../codec/codec.ts';
import { fromEnvelope } from '../codec/envelope.ts';
import { subjectOf } from '../consumers/subject-of.ts';
import { didYouMean } from '../core/close-matches.ts';
import { AppError } from '../core/errors/app-error.ts';
import { recordKey } from '../core/record-key.ts';
import { unknownFields } from '../core/unknown-fields.ts';
import type { OutgoingRecord } from '../kafka/outgoing.ts';
import type { PublishOptions } from './event-bus.ts';
import { topicFor } from './topic-choice.ts';
import type { TraceContext } from './tracing.ts';

/** An event before it is checked. */
export interface EventRequest {
  readonly type: string;
  readonly data: unknown;
  readonly options: PublishOptions & { readonly topic?: string | undefined };
}

export interface EventSurroundings {
  readonly codec: Codec;
  /** Source of events that name none. */
  readonly source: string;
  readonly newId: () => string;
  /** ms since 1970-01-01 UTC. */
  readonly now: () => number;
}

/** An event that was checked and waits to be sent. */
export interface CheckedEvent {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  readonly recordWith: (trace: TraceContext) => OutgoingRecord;
}

/** The request that an envelope stands for; what the options say goes before what the envelope says. */
export function requestOfEnvelope(envelope: unknown, options: EventRequest['options']): EventRequest {
  const { event, data } = fromEnvelope(envelope);
  const { id, type, time, source } = event;
  return { type, data, options: { id, time, source, ...options } };
}

/**
 * Checks an event against its topic and schema and encodes it.
 * @throws AppError of the areas CODEC and SDK, naming the field or option at fault
 */
export function checkEvent({ type, data, options }: EventRequest, around: EventSurroundings): CheckedEvent {
  const topic = topicFor(type, options.topic);
  const subject = subjectOf(topic.name);
  const value = around.codec.parseJson(subject, data);
  const [unknown] = unknownFields(data, value);
  if (unknown !== undefined) {
    const what = `${subject}.${unknown}${didYouMean(unknown, Object.keys(value))}`;
    throw new AppError('EVENTBUS_SDK_FIELD_UNKNOWN', what, { details: { subject, path: unknown } });
  }
  const key = text('key', options.key) ?? keyOf(topic, value);
  const attributes: CloudEventAttributes = {
    id: text('id', options.id) ?? around.newId(),
    source: text('source', options.source) ?? around.source,
    type,
    time: timeText(options.time ?? new Date(around.now())),
    subject: text('subject', options.subject) ?? key,
    contentType: contentTypes.avro,
  };
  const bytes = around.codec.encode(subject, value);
  const recordWith = (trace: TraceContext) => ({
    topic: topic.name,
    key,
    value: bytes,
    headers: toHeaders({ ...attributes, ...trace }),
  });
  return { id: attributes.id, type, topic: topic.name, key, recordWith };
}

function keyOf(topic: Topic, value: object): string {
  const key = recordKey(topic, value);
  if (key !== undefined) return key;
  const fields = topic.keyFallback === undefined ? topic.key : `${topic.key} or ${topic.keyFallback}`;
  throw new AppError('EVENTBUS_SDK_KEY_MISSING', `${topic.name} takes it from ${topic.subject}.${fields}`);
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new AppError('EVENTBUS_SDK_OPTION_INVALID', `${name} is ${JSON.stringify(value)}, allowed is text`);
}

/** RFC 3339, and ISO 8601 without seconds, which envelopes may have. */
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i;

function timeText(time: Date | string): string {
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString();
  const seconds = typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? timePattern.exec(time) : null;
  if (seconds !== null) return seconds[1] === undefined ? new Date(time).toISOString() : seconds[0];
  const what = `time is ${JSON.stringify(time)}, allowed is a Date or RFC 3339 text such as 2026-05-04T10:00:00Z`;
  throw new AppError('EVENTBUS_SDK_OPTION_INVALID', what);
}
