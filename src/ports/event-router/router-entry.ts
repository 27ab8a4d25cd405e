import { AppError } from '../../core/errors/app-error.ts';
import type { RoutedEvent } from './event-router.ts';

/** Largest request, and so largest event, that EventBridge takes: all its entries together. */
export const maxRequestBytes = 262_144;
const maxNameLength = 128;
const timeBytes = 14;

/** An event checked and written as a `PutEvents` entry. */
export interface RouterEntry {
  readonly Source: string;
  readonly DetailType: string;
  /** JSON. */
  readonly Detail: string;
  readonly Time: Date;
  readonly Resources: string[];
}

export interface MeasuredEntry {
  readonly entry: RouterEntry;
  /** As EventBridge counts. */
  readonly bytes: number;
}

/**
 * The event as an entry, and its size.
 * @throws AppError EVENTBUS_ROUTER_EVENT_INVALID
 */
export function entryOf({ source, detailType, detail, timeMs, resources = [] }: RoutedEvent): MeasuredEntry {
  if (!/^[\w./-]{1,256}$/.test(source) || source.startsWith('aws.')) throw invalid(`source "${source}"`);
  if (detailType === '' || detailType.length > maxNameLength) throw invalid(`detail type "${detailType}"`);
  const Time = new Date(timeMs);
  if (Number.isNaN(Time.getTime())) throw invalid(`time ${timeMs} ms`);
  const entry = {
    Source: source,
    DetailType: detailType,
    Detail: JSON.stringify(detail),
    Time,
    Resources: [...resources],
  };
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...entry.Resources];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), timeBytes);
  if (bytes >= maxRequestBytes) throw invalid(`"${detailType}" has ${bytes} bytes`);
  return { entry, bytes };
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_ROUTER_EVENT_INVALID', what);
}
