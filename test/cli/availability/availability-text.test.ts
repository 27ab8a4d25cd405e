import { describe, expect, test } from '@jest/globals';
import { availabilityText } from '../../../src/cli/availability/run-availability.ts';
import type { AvailableStation } from '../../../src/services/mobility/availability-queries.ts';

const place = { latitude: null, longitude: null, updatedAt: '2026-05-01T08:00:00.000Z' };
const total = { city: 'oslo', vehicleType: 'bike', atStations: 4, freeFloating: 1, vehicles: 5 };

describe('what is free, for people', () => {
  test('is a line a station, then the totals', () => {
    const counted = { entityId: 'oslo/42', city: 'oslo', stationId: '42', status: 'AVAILABLE', ...place } as const;
    const uncounted = { ...counted, entityId: 'oslo/43', stationId: '43', status: 'UNKNOWN' } as const;
    const items: readonly AvailableStation[] = [
      { ...counted, vehicles: 5, vehiclesByType: { bike: 4, ebike: 1 }, docks: 11 },
      { ...uncounted, vehicles: null, vehiclesByType: {}, docks: null },
    ];
    expect(availabilityText({ items, totals: [total], next: 'oslo/43' })).toBe(
      [
        'station  status     vehicles  by type          docks  as of',
        'oslo/42  AVAILABLE  5         bike 4, ebike 1  11     2026-05-01T08:00:00.000Z',
        'oslo/43  UNKNOWN    –                          –      2026-05-01T08:00:00.000Z',
        '',
        'more: --cursor oslo/43',
        '',
        'city  type  at stations  free-floating  ready to rent',
        'oslo  bike            4              1              5',
        '',
      ].join('\n'),
    );
  });

  test('is a line a vehicle', () => {
    const vehicle = {
      vehicleId: 's-1',
      vehicleType: 'scooter',
      stationId: null,
      batteryPercent: 61.4,
      bookingId: 'b-1',
    };
    const items = [{ entityId: 's-1', city: 'oslo', status: 'RESERVED', ...place, ...vehicle } as const];
    expect(availabilityText({ items, totals: [], next: null })).toBe(
      [
        'vehicle  type     city  status    station  battery %  booking  as of',
        's-1      scooter  oslo  RESERVED  –               61  b-1      2026-05-01T08:00:00.000Z',
        '',
      ].join('\n'),
    );
  });

  test('says so when there is nothing', () => {
    expect(availabilityText({ items: [], totals: [], next: null })).toContain('nothing is known');
  });
});
