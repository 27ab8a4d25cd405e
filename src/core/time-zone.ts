import { IANAZone } from 'luxon';

const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Zones by name; null for names that are none. Making one costs a thousand times more than asking it. */
const zones = new Map<string, IANAZone | null>();

function zoneNamed(name: string): IANAZone | null {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const zone = IANAZone.isValidZone(name) ? IANAZone.create(name) : null;
  // Names come from the device table and are few; a table full of nonsense must not fill the memory.
  if (zones.size >= 1000) zones.clear();
  zones.set(name, zone);
  return zone;
}

/**
 * Offset from UTC of a zone at a local wall time, ms; null when the zone is not an IANA name. A wall time that a clock
 * change repeats counts as its first occurrence; one that a change leaves out keeps the offset from before.
 * @param localMs - the wall time read as if it were UTC, ms since 1970-01-01
 */
export function zoneOffsetMs(timeZone: string, localMs: number): number | null {
  const zone = zoneNamed(timeZone);
  if (zone === null) return null;
  const before = zone.offset(localMs - dayMs);
  const after = zone.offset(localMs + dayMs);
  if (before === after) return before * minuteMs;
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (zone.offset(localMs - offset * minuteMs) === offset) return offset * minuteMs;
  }
  return before * minuteMs;
}

const two = (value: number) => String(value).padStart(2, '0');

/** `+01:00`, `-03:30` or `+00:00`. */
export function formatOffset(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / minuteMs);
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
