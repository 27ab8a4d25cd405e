import { AppError } from '../core/errors/app-error.ts';
import { type Fields, isFields } from '../core/fields.ts';
import type { CloudEventAttributes } from './cloud-event.ts';

/** The e-commerce systems' event envelope. It says the same as CloudEvents, in other words. */
export interface Envelope {
  /** UUID of the event. */
  readonly eventId: string;
  /** Such as `order.created`. */
  readonly eventType: string;
  /** ISO 8601 time of the event. */
  readonly timestamp: string;
  /** Such as `order-service`. */
  readonly source: string;
  /** Version of the data's schema, such as `1.0`. */
  readonly version: string;
  readonly data: unknown;
}

/** An event as CloudEvents has it, with the data as plain JSON. */
export interface EnvelopeEvent {
  readonly event: CloudEventAttributes;
  /** Version of the data's schema, such as `1.0`. */
  readonly version: string;
  readonly data: unknown;
}

/** The envelope of an event: `eventId` = id, `eventType` = type, `timestamp` = time, `version` = schema version. */
export function toEnvelope({ event, version, data }: EnvelopeEvent): Envelope {
  if (event.time === undefined) {
    throw new AppError('EVENTBUS_CODEC_ENVELOPE_INVALID', `event "${event.id}" has no time, timestamp is required`);
  }
  const { id, type, time, source } = event;
  return { eventId: id, eventType: type, timestamp: time, source, version, data };
}

/** Reads an envelope; throws `EVENTBUS_CODEC_ENVELOPE_INVALID` naming the field at fault. */
export function fromEnvelope(json: unknown): EnvelopeEvent {
  if (!isFields(json)) {
    throw new AppError('EVENTBUS_CODEC_ENVELOPE_INVALID', `got ${shownType(json)}, allowed is an object`);
  }
  const time = text(json, 'timestamp');
  if (!isoPattern.test(time) || Number.isNaN(Date.parse(time))) {
    throw new AppError('EVENTBUS_CODEC_ENVELOPE_INVALID', `timestamp is "${time}", allowed is ISO 8601 with offset`);
  }
  if (!Object.hasOwn(json, 'data')) throw new AppError('EVENTBUS_CODEC_ENVELOPE_INVALID', 'data is missing');
  return {
    event: { id: text(json, 'eventId'), type: text(json, 'eventType'), time, source: text(json, 'source') },
    version: schemaVersion(text(json, 'version')),
    data: json['data'],
  };
}

/** True when a JSON value has every field of the envelope. */
export function isEnvelope(json: unknown): boolean {
  return typeof json === 'object' && json !== null && envelopeFields.every((field) => Object.hasOwn(json, field));
}

const envelopeFields = ['eventId', 'eventType', 'timestamp', 'source', 'version', 'data'] as const;

const isoPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

function text(fields: Fields, name: (typeof envelopeFields)[number]): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  const got = value === undefined ? 'missing' : `${JSON.stringify(value)}, allowed is a string that is not empty`;
  throw new AppError('EVENTBUS_CODEC_ENVELOPE_INVALID', `${name} is ${got}`);
}

function schemaVersion(version: string): string {
  if (/^\d{1,9}(\.\d{1,9}){0,3}$/.test(version)) return version;
  throw new AppError('EVENTBUS_CODEC_ENVELOPE_INVALID', `version is "${version}", allowed is a form such as "1.0"`);
}

function shownType(json: unknown): string {
  if (json === null) return 'null';
  return Array.isArray(json) ? 'an array' : typeof json;
}
