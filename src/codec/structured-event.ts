import { AppError } from '../core/errors/app-error.ts';
import { type Fields, isFields } from '../core/fields.ts';
import { type CloudEventAttributes, cloudEventsVersion } from './cloud-event.ts';

/** A CloudEvent in structured mode, taken apart: attributes, and the data as JSON or as bytes. */
export type StructuredEvent =
  | { readonly event: CloudEventAttributes; readonly json: unknown }
  | { readonly event: CloudEventAttributes; readonly bytes: Buffer };

/** Reads the JSON format of CloudEvents 1.0; throws `EVENTBUS_CODEC_CLOUD_EVENT_INVALID` naming the attribute at fault. */
export function fromStructuredJson(json: unknown): StructuredEvent {
  if (!isFields(json)) throw invalid('the document is not a JSON object');
  const version = required(json, 'specversion');
  if (version !== cloudEventsVersion) throw invalid(`specversion is "${version}", allowed is "${cloudEventsVersion}"`);
  const event = {
    id: required(json, 'id'),
    source: required(json, 'source'),
    type: required(json, 'type'),
    time: optional(json, 'time'),
    subject: optional(json, 'subject'),
    contentType: optional(json, 'datacontenttype'),
    traceparent: optional(json, 'traceparent'),
    tracestate: optional(json, 'tracestate'),
  };
  const hasJson = Object.hasOwn(json, 'data');
  const hasBytes = Object.hasOwn(json, 'data_base64');
  if (hasJson === hasBytes) throw invalid(`${hasJson ? 'both' : 'neither'} of data and data_base64 are present`);
  return hasJson ? { event, json: json['data'] } : { event, bytes: base64(json['data_base64']) };
}

/** True when a JSON value looks like a CloudEvent in structured mode. */
export function isStructuredJson(json: unknown): boolean {
  return isFields(json) && ['specversion', 'id', 'source', 'type'].every((name) => Object.hasOwn(json, name));
}

function required(json: Fields, name: string): string {
  const value = optional(json, name);
  if (value === undefined || value === '') throw invalid(`${name} is ${value === '' ? 'empty' : 'missing'}`);
  return value;
}

function optional(json: Fields, name: string): string | undefined {
  const value = Object.hasOwn(json, name) ? json[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`${name} is a ${typeof value}, allowed is a string`);
  return value;
}

const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;

function base64(value: unknown): Buffer {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !base64Pattern.test(value)) {
    throw invalid('data_base64 is not a base64 string');
  }
  return Buffer.from(value, 'base64');
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_CODEC_CLOUD_EVENT_INVALID', what);
}
