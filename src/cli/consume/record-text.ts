import type { CloudEventAttributes } from '../../codec/cloud-event.ts';
import { whatOf } from '../error-what.ts';
import type { ShownRecord } from './shown-record.ts';

/** Time, partition:offset, key, type and compact data without the fields that are null; columns grow to what they hold. */
export function makeRecordText(): (record: ShownRecord) => string {
  const widths = [0, 0, 0];
  return (record) => {
    const { timestampMs, partition, offset, key, event } = record;
    const cells = [`${partition}:${offset}`, key ?? '–', event?.type || '–'].map((cell, column) => {
      const width = Math.max(widths[column] ?? 0, Math.min(cell.length, maxWidth));
      widths[column] = width;
      return cell.padEnd(width);
    });
    return [timeText(timestampMs), ...cells, contentText(record)].join('  ');
  };
}

/** One long key does not push all later lines to the right. */
const maxWidth = 40;

function contentText({ content }: ShownRecord): string {
  switch (content.kind) {
    case 'data':
      return JSON.stringify(content.data, withoutNulls);
    case 'tombstone':
      return '(deleted)';
    case 'broken':
    default:
      return `! ${content.error.code}: ${whatOf(content.error)}`;
  }
}

function withoutNulls(_name: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

function timeText(timestampMs: number): string {
  const date = new Date(timestampMs);
  return Number.isNaN(date.getTime()) ? String(timestampMs) : date.toISOString();
}

/**
 * One JSON object: coordinates as extension attributes of a CloudEvent in structured mode, which `produce` takes back.
 * A broken record has `error` and the value's bytes in `data_base64`.
 */
export function recordJson(record: ShownRecord): string {
  const { topic, partition, offset, timestampMs, key, event, content } = record;
  return JSON.stringify({
    topic,
    partition,
    offset,
    timestamp: timeText(timestampMs),
    key,
    ...(event === null ? {} : attributesOf(event)),
    ...contentFields(content),
  });
}

function attributesOf({ id, source, type, time, subject, traceparent }: CloudEventAttributes) {
  return { specversion: '1.0', id, source, type, time, subject, traceparent };
}

function contentFields(content: ShownRecord['content']) {
  switch (content.kind) {
    case 'data':
      return { data: content.data };
    case 'tombstone':
      return { data: null };
    case 'broken':
    default: {
      const { code, message } = content.error;
      return { error: { code, message }, data_base64: content.value?.toString('base64') ?? null };
    }
  }
}
