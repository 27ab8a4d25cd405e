import { formatOffset, zoneOffsetMs } from '../../core/time-zone.ts';
import type { TimeColumns } from './profile.ts';

/** A recorded time as the device would send it. */
export interface RecordedTime {
  /** RFC 3339 form, also of dates that do not exist; the file's own text where it has another form. */
  readonly text: string;
  /** ms since 1970-01-01 UTC, for pacing; null when the date does not exist. */
  readonly ms: number | null;
}

const quarterMs = 900_000;

/** Writes recorded local times as a device with a clock in the profile's zone would. */
export function makeTimeReader({ pattern, zone }: TimeColumns): (text: string) => RecordedTime {
  // A clock keeps its offset while its date is wrong.
  let lastOffsetMs = zoneOffsetMs(zone, 0) ?? 0;
  let lastQuarter = 0;
  return (text) => {
    const parts = pattern.exec(text)?.groups;
    if (parts === undefined) return { text, ms: null };
    const month = (parts['month'] ?? '').padStart(2, '0');
    const day = (parts['day'] ?? '').padStart(2, '0');
    const clock = (parts['time'] ?? '').replace(/^(?=\d:)/, '0');
    const local = `${parts['year']}-${month}-${day}T${clock.length === 5 ? `${clock}:00` : clock}`;
    const stated = parts['offset'];
    if (stated !== undefined) return { text: `${local}${stated}`, ms: msOf(`${local}${stated}`, Number(day)) };
    const localMs = msOf(`${local}Z`, Number(day));
    // Clocks change on the quarter hour, and rows stand close together.
    const quarter = localMs === null ? lastQuarter : Math.floor(localMs / quarterMs);
    if (localMs !== null && quarter !== lastQuarter) {
      lastOffsetMs = zoneOffsetMs(zone, localMs) ?? lastOffsetMs;
      lastQuarter = quarter;
    }
    return { text: `${local}${formatOffset(lastOffsetMs)}`, ms: localMs === null ? null : localMs - lastOffsetMs };
  };
}

/** `Date.parse` rolls 31 April over to 1 May; such a date does not exist. */
function msOf(text: string, day: number): number | null {
  const ms = Date.parse(text);
  const written = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(written).getUTCDate() !== day ? null : ms;
}
