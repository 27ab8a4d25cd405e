import { describe, expect, test } from '@jest/globals';
import type { VehicleBayEvent } from '../../../src/catalogue/events.generated.ts';
import { makeMessages } from '../../../src/cli/replay-file/device-messages.ts';
import { UnreadableRow } from '../../../src/cli/replay-file/message-maker.ts';
import { profiles } from '../../../src/cli/replay-file/profile.ts';

const row = (given: Readonly<Record<string, string>> = {}) => ({
  station_id: '735',
  is_installed: 'true',
  is_renting: 'true',
  is_returning: 'true',
  last_reported: '1686615485',
  num_bikes_available: '3',
  num_docks_available: '14',
  vehicle_types_available: '[{"vehicle_type_id":"bike","count":3}]',
  ...given,
});
const made = (given?: Readonly<Record<string, string>>) =>
  makeMessages(profiles.gbfs)
    .add(row(given), 1)
    .map(({ deviceId, atMs, value }) => ({ deviceId, atMs, value: value as VehicleBayEvent }));

describe('a row of a station feed', () => {
  test('is the count of its station at the time that it reported', () => {
    expect(made()).toEqual([
      {
        deviceId: 'oslo-station-735',
        atMs: 1_686_615_485_000,
        value: expect.objectContaining({
          sourceId: 'oslo-station-735',
          kind: 'BAY_STATUS',
          time: '2023-06-13T00:18:05.000Z',
          city: 'oslo',
          stationId: '735',
          vehicleType: 'bike',
          bikesAvailable: 3,
          docksAvailable: 14,
          faults: [],
        }),
      },
    ]);
  });

  test('with two types of vehicles is two counts of one moment', () => {
    const types = '[{"vehicle_type_id":"bike","count":3},{"vehicle_type_id":"ebike","count":1}]';
    const counts = made({ vehicle_types_available: types }).map(({ value }) => [
      value.vehicleType,
      value.bikesAvailable,
    ]);
    expect(counts).toEqual([
      ['bike', 3],
      ['ebike', 1],
    ]);
  });

  test.each(['', 'no JSON', '{}', '[]', '[null]', '[{"vehicle_type_id":1}]'])(
    'counts all its vehicles where it does not count by type: %j',
    (types) => {
      const [only, another] = made({ vehicle_types_available: types });
      expect([only?.value.vehicleType, only?.value.bikesAvailable, another]).toEqual(['bike', 3, undefined]);
    },
  );

  test.each([
    [{ is_renting: 'false' }, ['not-renting']],
    [{ is_returning: 'False' }, ['not-returning']],
    [{ is_installed: 'false' }, ['not-renting', 'not-returning']],
  ])('tells what the station does not do: %j', (given, codes) => {
    expect(made(given)[0]?.value.faults).toEqual(codes);
  });

  test('sends a time that is none as it stands, and cannot be sent without a station', () => {
    expect(made({ last_reported: 'yesterday' })[0]).toMatchObject({ atMs: null, value: { time: 'yesterday' } });
    expect(() => made({ station_id: ' ' })).toThrow(UnreadableRow);
  });
});

describe('a row of a ride', () => {
  const ride = {
    started_at: '2023-12-02 05:36:02.093000+00:00',
    ended_at: '2023-12-02 05:45:11.462000+00:00',
    start_station_id: '424',
    start_station_latitude: '59.9',
    start_station_longitude: '10.7',
    end_station_id: '526',
    end_station_latitude: '59.9',
    end_station_longitude: '10.7',
  };

  test('names its trip by place and time of its begin, at both ends', () => {
    const maker = makeMessages(profiles.bikes);
    const ends = [...maker.add(ride, 1), ...maker.end()].map(({ value }) => value as VehicleBayEvent);
    expect(ends.map(({ kind, tripId }) => [kind, tripId])).toEqual([
      ['UNDOCKED', 'oslo-424-2023-12-02T05:36:02.093Z'],
      ['DOCKED', 'oslo-424-2023-12-02T05:36:02.093Z'],
    ]);
  });
});
