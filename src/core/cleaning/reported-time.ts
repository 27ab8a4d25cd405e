import { zoneOffsetMs } from '../time-zone.ts';

/** A time as the device's clock told it, taken apart. */
export type ReportedTime =
  /** A real instant, ms since 1970-01-01 UTC. */
  | { readonly kind: 'instant'; readonly ms: number }
  /** The date does not exist, the time of day does: ms since local midnight; offset null when the zone must tell. */
  | { readonly kind: 'time-of-day'; readonly timeOfDayMs: number; readonly offsetMs: number | null }
  /** Right form, but not even the time of day exists. */
  | { readonly kind: 'impossible' }
  /** Local time without an offset, and no zone is known for the device. */
  | { readonly kind: 'zone-unknown' }
  | { readonly kind: 'unreadable' };

const form =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/;
const dayMs = 86_400_000;

/**
 * Reads RFC 3339 (a missing offset comes from `timeZone`, the device's IANA zone) and keeps what can be trusted of an
 * impossible date: receivers without a fix report months 00 or 90 while their time of day runs on.
 */
export function readReportedTime(text: string, timeZone: string | null): ReportedTime {
  const parts = form.exec(text);
  if (parts === null) return { kind: 'unreadable' };
  const [, year, month, day, hour, minute, second, fraction] = parts;
  const timeOfDayMs = timeOfDay(Number(hour), Number(minute), Number(second));
  const withinDayMs = timeOfDayMs + (fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000));
  const dateMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const dateExists = isDate(dateMs, Number(month), Number(day));
  const stated = statedOffsetMs(parts);
  if (Number.isNaN(withinDayMs) || (stated !== null && Math.abs(stated) >= dayMs)) return { kind: 'impossible' };
  if (stated === null && timeZone === null) return { kind: 'zone-unknown' };
  if (!dateExists) return { kind: 'time-of-day', timeOfDayMs: withinDayMs, offsetMs: stated };
  const offsetMs = stated ?? zoneOffsetMs(timeZone ?? '', dateMs + withinDayMs);
  return offsetMs === null ? { kind: 'zone-unknown' } : { kind: 'instant', ms: dateMs + withinDayMs - offsetMs };
}

/** The instant nearest to `anchorMs` that has this time of day; null when the zone is not known. */
export function nearestWithTimeOfDay(
  reported: Extract<ReportedTime, { kind: 'time-of-day' }>,
  anchorMs: number,
  timeZone: string | null,
): number | null {
  const offsetMs = reported.offsetMs ?? zoneOffsetMs(timeZone ?? '', anchorMs);
  if (offsetMs === null) return null;
  const localMs = anchorMs + offsetMs;
  const sameDay = Math.floor(localMs / dayMs) * dayMs + reported.timeOfDayMs;
  const days = Math.round((localMs - sameDay) / dayMs);
  return sameDay + days * dayMs - offsetMs;
}

/** Second 60 is a leap second and counts as the start of the next. */
function timeOfDay(hour: number, minute: number, second: number): number {
  return hour < 24 && minute < 60 && second <= 60 ? ((hour * 60 + minute) * 60 + second) * 1000 : Number.NaN;
}

function isDate(dateMs: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && new Date(dateMs).getUTCDate() === day;
}

/** Offset written in the text, ms; null when there is none. */
function statedOffsetMs(parts: RegExpExecArray): number | null {
  if (parts[8] !== undefined) return 0;
  if (parts[9] === undefined) return null;
  return (parts[9] === '-' ? -1 : 1) * (Number(parts[10]) * 60 + Number(parts[11])) * 60_000;
}
