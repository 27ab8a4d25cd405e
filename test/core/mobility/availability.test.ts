import { describe, expect, test } from '@jest/globals';
import type { DomainEvent, VehicleBayEvent } from '../../../src/catalogue/events.generated.ts';
import { mobilityStory, type StoryEvent } from '../../make/mobility-story.ts';
import { may1st, secondsLater } from '../../make/readings.ts';

const counted = (
  seconds: number,
  [bikes, docks]: readonly [number, number],
  given: Partial<VehicleBayEvent> = {},
): StoryEvent => ({
  bay: { kind: 'BAY_STATUS', time: secondsLater(seconds), bikesAvailable: bikes, docksAvailable: docks, ...given },
});
const moved = (kind: 'DOCKED' | 'UNDOCKED', seconds: number, given: Partial<VehicleBayEvent> = {}): StoryEvent => ({
  bay: { kind, time: secondsLater(seconds), ...given },
});
const report = (seconds: number, given: Partial<VehicleBayEvent> = {}): StoryEvent => ({
  bay: {
    kind: 'TELEMETRY',
    sourceId: 's-1',
    stationId: null,
    vehicleType: 'scooter',
    time: secondsLater(seconds),
    ...given,
  },
});
const booked = (type: string, seconds: number, value: Partial<DomainEvent> = {}): StoryEvent => ({
  booking: type,
  value: { occurredAt: may1st + seconds * 1000, ...value },
});
/** Vehicles and docks of station 7 after the events. */
const station = (events: readonly StoryEvent[]) => {
  const shown = mobilityStory(events).shown('oslo/7');
  return [shown?.vehiclesAvailable, shown?.docksAvailable];
};

const statuses = (events: readonly StoryEvent[]) => {
  const shown = mobilityStory(events).shown('s-1');
  return [shown?.status, shown?.stationId ?? null, shown?.bookingId ?? null];
};
const left = (seconds: number, tripId: string | null = null) =>
  moved('UNDOCKED', seconds, { vehicleId: 'b-1', tripId, sourceId: 'station-a', stationId: 'a' });
const came = (seconds: number, tripId: string | null = null) =>
  moved('DOCKED', seconds, { vehicleId: 'b-1', tripId, sourceId: 'station-b', stationId: 'b' });
const ends = (events: readonly StoryEvent[]) =>
  mobilityStory(events).trips.map(({ tripId, start, end }) => [
    tripId,
    start === null ? null : (start.ms - may1st) / 1000,
    end === null ? null : (end.ms - may1st) / 1000,
  ]);

describe('a station', () => {
  test.each([
    ['a count', [counted(0, [5, 10])], [5, 10]],
    [
      'moves after a count',
      [counted(0, [5, 10]), moved('DOCKED', 1), moved('UNDOCKED', 2), moved('DOCKED', 3)],
      [6, 9],
    ],
    ['moves before a count that comes late', [moved('DOCKED', 5), moved('UNDOCKED', 1), counted(3, [5, 10])], [6, 9]],
    ['a move that the count contains', [counted(9, [5, 10]), moved('DOCKED', 8)], [5, 10]],
    ['an older count', [counted(9, [5, 10]), counted(8, [1, 1])], [5, 10]],
    ['moves alone, which tell no count', [moved('DOCKED', 1), moved('DOCKED', 2)], [null, null]],
    ['more departures than vehicles', [counted(0, [1, 10]), moved('UNDOCKED', 1), moved('UNDOCKED', 2)], [0, 12]],
    [
      'a lost arrival, when the next count comes',
      [counted(0, [0, 9]), moved('UNDOCKED', 1), counted(60, [0, 9])],
      [0, 9],
    ],
  ] as const)('after %s', (_name, events, shown) => {
    expect(station(events)).toEqual(shown);
  });

  test('counts by type, and an uncounted type does not hide the others', () => {
    const story = mobilityStory([
      counted(0, [4, 10], { vehicleType: 'bike' }),
      counted(0, [2, 10], { vehicleType: 'ebike' }),
      moved('UNDOCKED', 5, { vehicleType: 'ebike' }),
    ]);
    expect(story.shown('oslo/7')).toMatchObject({
      vehiclesAvailable: 5,
      vehiclesByType: { bike: 4, ebike: 1 },
      docksAvailable: 11,
      stationId: null,
    });
  });

  test('that counts everything together replaces counts by type, and the other way round', () => {
    expect(station([counted(0, [4, 9], { vehicleType: 'bike' }), counted(5, [7, 9], { vehicleType: null })])).toEqual([
      7, 9,
    ]);
    expect(station([counted(0, [7, 9], { vehicleType: null }), counted(5, [4, 9], { vehicleType: 'bike' })])).toEqual([
      4, 9,
    ]);
  });

  test('says nothing is free where it neither rents nor takes back', () => {
    const closed = mobilityStory([counted(0, [4, 9], { faults: ['not-renting', 'not-returning'] })]).shown('oslo/7');
    expect(closed).toMatchObject({ status: 'OUT_OF_SERVICE', vehiclesAvailable: 0, docksAvailable: 0, renting: false });
  });

  test('knows copies, with and without counters', () => {
    const story = mobilityStory([
      counted(0, [5, 10]),
      moved('DOCKED', 4),
      moved('DOCKED', 4),
      moved('DOCKED', 4, { sourceId: 'bay-2', sequence: 8 }),
      moved('DOCKED', 4, { sourceId: 'bay-2', sequence: 8 }),
      moved('DOCKED', 4, { sourceId: 'bay-3', sequence: 8 }),
    ]);
    expect(story.fates).toEqual(['applied', 'applied', 'duplicate', 'applied', 'duplicate', 'applied']);
    expect(story.shown('oslo/7')?.vehiclesAvailable).toBe(8);
  });
});

describe('a booking', () => {
  const full = counted(0, [3, 2]);
  test.each([
    ['booking_created', 2],
    ['booking_confirmed', 2],
    ['payment_authorized', 3],
    ['rental_started', 3],
    ['booking_cancelled', 3],
    ['booking_expired', 3],
    ['return_completed', 3],
  ])('with %s alone leaves its station %i free bikes', (type, free) => {
    expect(station([full, booked(type, 5)])).toEqual([free, 2]);
  });

  test('holds a bike until the bay tells that it left, and no dock', () => {
    const ride = [booked('booking_created', 5), booked('payment_authorized', 6), booked('rental_started', 9)];
    expect(station([full, ...ride, moved('UNDOCKED', 9)])).toEqual([2, 3]);
  });

  test('that nobody ends holds until its time is up by the station’s own events', () => {
    const hold = booked('booking_created', 5, { reservedUntil: may1st + 60_000 });
    expect(station([full, hold, moved('DOCKED', 60)])).toEqual([3, 1]);
    expect(station([full, hold, moved('DOCKED', 61)])).toEqual([4, 1]);
  });

  test('for later holds nothing yet', () => {
    const later = booked('booking_created', 5, { reservedFrom: may1st + 3_600_000 });
    expect(station([full, later])).toEqual([3, 2]);
    expect(station([full, later, moved('DOCKED', 3600)])).toEqual([3, 1]);
  });

  test('that moves to another station frees the first one', () => {
    const story = mobilityStory([
      full,
      counted(0, [3, 2], { sourceId: 'station-8', stationId: '8' }),
      booked('booking_created', 5),
      booked('booking_confirmed', 6, { pickupStationId: '8' }),
    ]);
    expect(['oslo/7', 'oslo/8'].map((id) => story.shown(id)?.vehiclesAvailable)).toEqual([3, 2]);
  });

  test('goes forwards only: copies and late events change nothing', () => {
    const story = mobilityStory([
      full,
      booked('booking_cancelled', 9),
      booked('booking_created', 5),
      booked('booking_cancelled', 9),
      booked('payment_refunded', 12, { amountMinor: 4900 }),
    ]);
    expect(story.fates).toEqual([
      'applied',
      'applied',
      'late booking_created of 2026-05-01T08:00:05.000Z, after the booking became CANCELLED',
      'duplicate',
      'applied',
    ]);
    expect(story.bookings['booking-1']).toMatchObject({ status: 'CANCELLED', payment: 'REFUNDED', amountMinor: 4900 });
    expect(story.shown('oslo/7')?.vehiclesAvailable).toBe(3);
  });
});

describe('a shared vehicle', () => {
  const of = { vehicleId: 's-1', vehicleType: 'scooter', pickupStationId: null } as const;

  test.each([
    ['reports', [report(0, { batteryPercent: 50 })], ['AVAILABLE', null, null]],
    ['is low in charge', [report(0, { batteryPercent: 9 })], ['OUT_OF_SERVICE', null, null]],
    [
      'is charged a little',
      [report(0, { batteryPercent: 9 }), report(1, { batteryPercent: 12 })],
      ['OUT_OF_SERVICE', null, null],
    ],
    ['is charged', [report(0, { batteryPercent: 9 }), report(1, { batteryPercent: 15 })], ['AVAILABLE', null, null]],
    ['has a fault', [report(0, { faults: ['brake'] })], ['MAINTENANCE', null, null]],
    ['is booked', [report(0), booked('booking_created', 5, of)], ['RESERVED', null, 'booking-1']],
    ['is ridden', [booked('booking_created', 5, of), booked('rental_started', 9, of)], ['IN_USE', null, 'booking-1']],
    ['is returned', [booked('rental_started', 5, of), booked('return_completed', 9, of)], ['AVAILABLE', null, null]],
    ['left its bay', [moved('UNDOCKED', 5, { vehicleId: 's-1' })], ['IN_USE', null, null]],
    [
      'came to a bay',
      [moved('UNDOCKED', 5, { vehicleId: 's-1' }), moved('DOCKED', 9, { vehicleId: 's-1' })],
      ['AVAILABLE', '7', null],
    ],
  ] as const)('that %s', (_name, events, shown) => {
    expect(statuses(events)).toEqual(shown);
  });

  test('belongs to the booking that is newer, whichever is told first', () => {
    const first = { ...of, bookingId: 'b-1' };
    const second = { ...of, bookingId: 'b-2' };
    const events = [booked('rental_started', 0, first), booked('booking_created', 20, second)];
    expect(statuses([...events, booked('return_completed', 10, first)])).toEqual(['RESERVED', null, 'b-2']);
  });

  test('with no city of its own is where its position is', () => {
    const shown = mobilityStory([report(0, { city: null, latitude: 48.86, longitude: 2.35 })]).shown('s-1');
    expect(shown?.city).toBe('paris');
  });

  test('takes no report that is older than one it has', () => {
    const story = mobilityStory([
      report(9, { batteryPercent: 50 }),
      report(5, { batteryPercent: 8 }),
      report(9, { batteryPercent: 50 }),
    ]);
    expect(story.fates).toEqual(['applied', expect.stringMatching(/^late of .*08:00:05/), 'duplicate']);
    expect(story.shown('s-1')?.status).toBe('AVAILABLE');
  });
});

describe('a trip', () => {
  test('with an id is put together by it', () => {
    expect(ends([came(300, 't'), left(0, 't'), left(0, 't')])).toEqual([['t', 0, 300]]);
  });

  test('without one is put together by its vehicle, whichever end is told first', () => {
    const id = 'b-1@2026-05-01T08:00:10.000Z';
    expect(ends([left(10), came(300)])).toEqual([[id, 10, 300]]);
    expect(ends([came(300), left(10)])).toEqual([[id, 10, 300]]);
    expect(ends([left(10)])).toEqual([[id, 10, null]]);
  });

  test('that goes on is not ended by an arrival before it', () => {
    const id = 'b-1@2026-05-01T08:06:40.000Z';
    expect(ends([left(400), came(300), came(500)])).toEqual([[id, 400, 500]]);
  });
});

describe('what cannot be read', () => {
  test.each([
    [{ kind: 'UNKNOWN' }, 'kind is UNKNOWN'],
    [{ time: 'yesterday' }, 'time "yesterday" is no RFC 3339 time'],
    [{ time: '2031-01-01T00:00:00Z' }, 'up to an hour from now'],
    [{ city: null, latitude: 0, longitude: 0 }, 'city is missing'],
    [{ kind: 'BAY_STATUS' }, 'needs bikesAvailable or docksAvailable'],
    [{ kind: 'BAY_STATUS', bikesAvailable: -1 }, 'needs bikesAvailable or docksAvailable'],
    [{ vehicleId: 'oslo/7' }, 'contains a slash'],
    [{ stationId: '' }, 'names nothing'],
    [{ stationId: 'a\u0000b' }, 'names nothing'],
  ] as const)('%j is rejected: %s', (bay, why) => {
    expect(mobilityStory([{ bay }]).fates).toEqual([expect.stringContaining(why)]);
  });
});
