import { headers } from '../catalogue/headers.ts';
import { AppError } from '../core/errors/app-error.ts';

/** CloudEvents 1.0 context attributes as the bus uses them; all strings, as on the wire. */
export interface CloudEventAttributes {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339 time of the occurrence. */
  readonly time?: string | undefined;
  /** Entity the event is about; the record key as a rule. */
  readonly subject?: string | undefined;
  /** Content type of the value. */
  readonly contentType?: string | undefined;
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
  /** What tracing systems add to it. */
  readonly tracestate?: string | undefined;
}

/** The one version of CloudEvents that the bus speaks. */
export const cloudEventsVersion = '1.0' as const;

/** Record headers of an event in CloudEvents binary mode (Kafka protocol binding 1.0). */
export function toHeaders(attributes: CloudEventAttributes): Record<string, string> {
  const result: Record<string, string> = {
    [headers.specVersion]: cloudEventsVersion,
    [headers.id]: attributes.id,
    [headers.source]: attributes.source,
    [headers.type]: attributes.type,
  };
  if (attributes.time !== undefined) result[headers.time] = attributes.time;
  if (attributes.subject !== undefined) result[headers.subject] = attributes.subject;
  if (attributes.contentType !== undefined) result[headers.contentType] = attributes.contentType;
  if (attributes.traceparent !== undefined) result[headers.traceparent] = attributes.traceparent;
  if (attributes.tracestate !== undefined) result[headers.tracestate] = attributes.tracestate;
  return result;
}

/**
 * Reads the attributes of a record in binary mode; `get` answers a header's value by its name.
 * Throws `EVENTBUS_CODEC_CLOUD_EVENT_INVALID` naming the header that is missing, empty or of another version.
 */
export function fromHeaders(get: (name: string) => string | undefined): CloudEventAttributes {
  const version = required(get, headers.specVersion);
  if (version !== cloudEventsVersion) {
    const what = `header ${headers.specVersion} is "${version}", allowed is "${cloudEventsVersion}"`;
    throw new AppError('EVENTBUS_CODEC_CLOUD_EVENT_INVALID', what);
  }
  return {
    id: required(get, headers.id),
    source: required(get, headers.source),
    type: required(get, headers.type),
    time: get(headers.time),
    subject: get(headers.subject),
    contentType: get(headers.contentType),
    traceparent: get(headers.traceparent),
    tracestate: get(headers.tracestate),
  };
}

function required(get: (name: string) => string | undefined, name: string): string {
  const value = get(name);
  if (value === undefined || value === '') {
    throw new AppError('EVENTBUS_CODEC_CLOUD_EVENT_INVALID', `header ${name} is ${value === '' ? 'empty' : 'missing'}`);
  }
  return value;
}
