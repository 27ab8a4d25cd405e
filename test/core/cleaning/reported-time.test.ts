import { describe, expect, test } from '@jest/globals';
import { nearestWithTimeOfDay, readReportedTime } from '../../../src/core/cleaning/reported-time.ts';

const instant = (iso: string) => ({ kind: 'instant', ms: Date.parse(iso) });

describe('reading a reported time', () => {
  test.each([
    ['2026-05-01T08:00:00Z', '2026-05-01T08:00:00Z'],
    ['2026-05-01t08:00:00z', '2026-05-01T08:00:00Z'],
    ['2026-05-01T10:00:00+02:00', '2026-05-01T08:00:00Z'],
    ['2026-05-01 04:30:00-03:30', '2026-05-01T08:00:00Z'],
    ['2026-05-01T10:00:00+0200', '2026-05-01T08:00:00Z'],
    ['2026-05-01T08:00:00.25Z', '2026-05-01T08:00:00.250Z'],
    ['2023-12-01T04:25:27.813999+00:00', '2023-12-01T04:25:27.813Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
  ])('%s is %s', (text, iso) => {
    expect(readReportedTime(text, null)).toEqual(instant(iso));
  });

  test.each([
    ['2026-03-29T01:30:00', 'Europe/Oslo', '2026-03-29T00:30:00Z', 'before the clock changes'],
    ['2026-03-29T02:30:00', 'Europe/Oslo', '2026-03-29T01:30:00Z', 'in the hour that does not exist'],
    ['2026-10-25T02:30:00', 'Europe/Oslo', '2026-10-25T00:30:00Z', 'in the hour that comes twice: the first'],
    ['2021-03-29T11:13:45', 'Africa/Casablanca', '2021-03-29T10:13:45Z', 'Morocco, one hour ahead'],
    ['2021-04-26T14:44:08', 'Africa/Casablanca', '2021-04-26T14:44:08Z', 'Morocco in Ramadan'],
    ['2018-01-01T00:10:00', 'Europe/Istanbul', '2017-12-31T21:10:00Z', 'Turkey without summer time'],
  ])('local time %s in %s is %s (%s)', (text, zone, iso) => {
    expect(readReportedTime(text, zone)).toEqual(instant(iso));
  });

  test('a date that does not exist keeps its time of day', () => {
    for (const date of ['2032-90-02', '2003-00-29', '2021-02-30', '2021-04-31', '2021-06-00', '0000-00-00']) {
      expect(readReportedTime(`${date}T12:08:07+01:00`, null)).toEqual({
        kind: 'time-of-day',
        timeOfDayMs: ((12 * 60 + 8) * 60 + 7) * 1000,
        offsetMs: 3_600_000,
      });
    }
  });

  test.each([
    ['2026-05-01T25:00:00Z', 'impossible'],
    ['2026-05-01T10:61:00Z', 'impossible'],
    ['2026-05-01T10:00:00+25:00', 'impossible'],
    ['2026-05-01T10:00:00', 'zone-unknown'],
    ['', 'unreadable'],
    ['yesterday', 'unreadable'],
    ['1777622400000', 'unreadable'],
    ['2026-05-01', 'unreadable'],
    ['2026-05-01T10:00:00Z and more', 'unreadable'],
  ])('"%s" is %s', (text, kind) => {
    expect(readReportedTime(text, null).kind).toBe(kind);
  });

  test('a zone that no database knows leaves local time unknown', () => {
    expect(readReportedTime('2026-05-01T10:00:00', 'Mars/Olympus')).toEqual({ kind: 'zone-unknown' });
  });
});

function timeOfDay(clock: string) {
  const reported = readReportedTime(`2000-00-00T${clock}`, null);
  if (reported.kind !== 'time-of-day') throw new Error(reported.kind);
  return reported;
}

describe('the instant nearest to an anchor with a time of day', () => {
  test.each([
    ['12:08:07+01:00', '2021-03-29T11:08:06Z', '2021-03-29T11:08:07Z'],
    ['00:00:01+01:00', '2021-03-29T22:59:59Z', '2021-03-29T23:00:01Z'],
    ['23:59:59+00:00', '2021-03-30T00:00:01Z', '2021-03-29T23:59:59Z'],
    ['00:00:30-05:00', '2021-03-29T05:00:29Z', '2021-03-29T05:00:30Z'],
  ])('%s near %s is %s', (clock, anchor, expected) => {
    expect(nearestWithTimeOfDay(timeOfDay(clock), Date.parse(anchor), null)).toBe(Date.parse(expected));
  });
});
