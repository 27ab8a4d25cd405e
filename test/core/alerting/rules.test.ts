import { describe, expect, test } from '@jest/globals';
import type { CleanedReading, VehicleTelemetry } from '../../../src/catalogue/events.generated.ts';
import { forbiddenAreas, operatingAreas } from '../../../src/core/alerting/areas.ts';
import { sensorRules, turbineRules, vehicleRules } from '../../../src/core/alerting/rules.ts';
import { isInside } from '../../../src/core/geometry.ts';
import { readingStory, vehicleStory } from '../../make/alert-story.ts';
import { may1st } from '../../make/readings.ts';

const each = <T>(values: readonly T[], make: (value: T) => Partial<VehicleTelemetry>) => values.map(make);
const batteries = (vehicleType: string, values: readonly (number | null)[]) =>
  vehicleStory(each(values, (batteryPercent) => ({ vehicleType, batteryPercent })));

describe('the rules as data', () => {
  test('ids are unique: incidents are remembered under them', () => {
    const ids = [...vehicleRules, ...turbineRules, ...sensorRules].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every forbidden area lies in a city that has an operating area, inside of it or beside it', () => {
    const cities = operatingAreas.map(({ city }) => city);
    expect(forbiddenAreas.filter(({ city }) => !cities.includes(city))).toEqual([]);
  });
});

describe('low battery', () => {
  test.each([
    ['car', [21, 19, 19, 19], ['3 RAISED battery-low']],
    ['car', [19, 19, 21, 19, 19], []],
    ['car', [20, 20, 20, 20], []],
    ['car', [19, null, 19, null, 19], ['4 RAISED battery-low']],
    ['car', [19, 19, 19, 24, 24, 24, 24], ['2 RAISED battery-low']],
    ['car', [19, 19, 19, 25, 26, 27], ['2 RAISED battery-low', '5 CLEARED battery-low']],
    ['scooter', [19, 19, 19], []],
    ['scooter', [14, 14, 14], ['2 RAISED battery-low']],
    ['spaceship', [14, 14, 14, 20, 20, 20], ['2 RAISED battery-low', '5 CLEARED battery-low']],
    ['constructor', [14, 14, 14], ['2 RAISED battery-low']],
  ] as const)('%s at %j', (vehicleType, values, changes) => {
    expect(batteries(vehicleType, values).changes).toEqual(changes);
  });

  test('the message is a sentence with the value and the limit', () => {
    expect(batteries('cargo_bike', [12.34, 12.34, 12.34]).messages).toEqual([
      'Cargo bike car-1: battery is at 12.3 %, below 20 %.',
    ]);
  });
});

const speeds = (values: readonly (number | null)[], given: Partial<VehicleTelemetry> = {}) =>
  vehicleStory(each(values, (speedKmh) => ({ speedKmh, ...given }))).changes;

describe('speeding', () => {
  test('needs five seconds above limit and tolerance, and ends after five seconds at or below the limit', () => {
    const fast = [56, 56, 56, 56, 56, 56];
    expect(speeds(fast)).toEqual(['5 RAISED speeding']);
    expect(speeds([...fast, 50, 50, 50, 50, 50, 50])).toEqual(['5 RAISED speeding', '11 CLEARED speeding']);
    expect(speeds([...fast, 53, 53, 53, 53, 53, 53])).toEqual(['5 RAISED speeding']);
    expect(speeds([56, 56, 56, 56, 50, 56, 56, 56])).toEqual([]);
  });

  test('within the tolerance, without a limit, or for shared vehicles there is none', () => {
    const long = Array.from({ length: 20 }, () => 55);
    expect(speeds(long)).toEqual([]);
    expect(speeds(long, { speedLimitKmh: null })).toEqual([]);
    expect(speeds(long, { speedLimitKmh: 30, fleet: 'mobility' })).toEqual([]);
  });
});

const places = (positions: readonly Partial<VehicleTelemetry>[], given: Partial<VehicleTelemetry> = {}) =>
  vehicleStory(positions.map((position) => ({ ...given, ...position })));

describe('areas', () => {
  const inOslo = { latitude: 59.92, longitude: 10.75 };
  const inPalacePark = { latitude: 59.9175, longitude: 10.7275 };
  const inDrammen = { latitude: 59.74, longitude: 10.2 };

  test('a vehicle that leaves the operating area of its city violates it until it is back', () => {
    const way = [inOslo, inDrammen, inDrammen, inDrammen, inDrammen, inOslo, inOslo, inOslo];
    const story = places(way, { fleet: 'mobility' });
    expect(story.changes).toEqual(['3 RAISED operating-area-left', '7 CLEARED operating-area-left']);
    expect(story.messages).toEqual([
      'Car car-1: has left its operating area, Oslo.',
      'Car car-1: is back in its operating area, Oslo.',
    ]);
  });

  test('the home of a vehicle whose city nobody told is where it was first seen', () => {
    const rabat = { latitude: 33.986, longitude: -6.725 };
    const far = { latitude: 33.6, longitude: -7.5 };
    expect(places([rabat, far, far, far], { city: null }).changes).toEqual(['3 RAISED operating-area-left']);
    expect(places([far, far, far, rabat, far], { city: null }).changes).toEqual([]);
  });

  test('a city without an area, no position, or a repaired position decide nothing', () => {
    expect(places([inDrammen, inDrammen, inDrammen], { city: 'drammen' }).changes).toEqual([]);
    expect(places([inDrammen, inDrammen, inDrammen], { quality: ['POSITION_REPAIRED'] }).changes).toEqual([]);
    const nowhere = { latitude: null, longitude: null };
    expect(places([nowhere, nowhere, nowhere]).changes).toEqual([]);
  });

  test('entering a forbidden area is a violation of its own', () => {
    const way = [inOslo, inPalacePark, inPalacePark, inPalacePark, inOslo, inOslo, inOslo];
    expect(places(way).changes).toEqual(['3 RAISED forbidden-area-entered', '6 CLEARED forbidden-area-entered']);
  });

  test('each area holds its own middle', () => {
    for (const { polygon } of [...operatingAreas, ...forbiddenAreas]) {
      const latitude = polygon.reduce((sum, [lat]) => sum + lat, 0) / polygon.length;
      const longitude = polygon.reduce((sum, [, lon]) => sum + lon, 0) / polygon.length;
      expect(isInside(polygon, { latitude, longitude })).toBe(true);
      expect(isInside(polygon, { latitude: latitude + 1, longitude })).toBe(false);
    }
  });
});

const faults = (list: readonly string[][]) => vehicleStory(list.map((given) => ({ faults: given })));

describe('faults and emergencies', () => {
  test('faults need maintenance until they are gone', () => {
    const story = faults([[], ['brake'], ['brake', 'light'], [], [], []]);
    expect(story.changes).toEqual(['2 RAISED vehicle-faults', '5 CLEARED vehicle-faults']);
    expect(story.messages[0]).toBe('Car car-1: reports faults brake, light.');
    const many = Array.from({ length: 9 }, (_, index) => `e${index}`);
    expect(faults([many, many]).messages[0]).toBe('Car car-1: reports faults e0, e1, e2, e3, e4 and 4 more.');
  });

  test('an emergency is raised at once and cleared after ten quiet seconds', () => {
    const quiet = Array.from({ length: 11 }, () => ({}));
    const story = vehicleStory([{ emergency: 'emergency_stop' }, ...quiet]);
    expect(story.changes).toEqual(['0 RAISED emergency', '11 CLEARED emergency']);
    expect(story.messages[0]).toBe('Car car-1: signals an emergency: emergency stop.');
  });
});

const driven = (odometers: readonly (number | null)[], given: Partial<VehicleTelemetry> = {}) =>
  vehicleStory(each(odometers, (odometerKm) => ({ vehicleType: 'scooter', fleet: 'mobility', odometerKm, ...given })));

describe('service by distance', () => {
  test('passing a full interval needs maintenance, and a service ends that', () => {
    const before = driven([1480, 1499, 1500, 1501, 1530]);
    expect(before.changes).toEqual(['3 RAISED service-due']);
    const serviced = vehicleStory([
      ...[1499, 1500, 1501].map((odometerKm) => ({ vehicleType: 'scooter', odometerKm })),
      { vehicleType: 'scooter', odometerKm: 1501, faults: ['service-done'] },
      { vehicleType: 'scooter', odometerKm: 1900 },
      { vehicleType: 'scooter', odometerKm: 2002 },
      { vehicleType: 'scooter', odometerKm: 2003 },
    ]);
    expect(serviced.changes).toEqual(['2 RAISED service-due', '3 CLEARED service-due', '6 RAISED service-due']);
    expect(serviced.messages.slice(0, 2)).toEqual([
      'Scooter car-1: has driven 501 km since its last service, which is due every 500 km.',
      'Scooter car-1: was serviced.',
    ]);
  });

  test('each type has its own interval, and a service report is no fault', () => {
    expect(driven([1480, 1500, 1501], { vehicleType: 'car' }).changes).toEqual([]);
    expect(driven([10, 10, 10], { faults: ['service-done'] }).changes).toEqual([]);
  });

  test('without an odometer the positions tell the distance; another odometer is no drive', () => {
    const steps = Array.from({ length: 6 }, () => ({ vehicleType: 'scooter', odometerKm: null, distanceKm: 100 }));
    expect(vehicleStory(steps).changes).toEqual(['5 RAISED service-due']);
    expect(driven([100, 101, 9_000, 9_001, 9_002], { distanceKm: null }).changes).toEqual([]);
    expect(driven([100, 50, 51, 52], { distanceKm: null }).changes).toEqual([]);
  });
});

const power = (activePower: number, windSpeed = 9, theoreticalPower = 1700): Partial<CleanedReading> => ({
  measurements: [
    { metric: 'activePower', value: activePower, unit: 'kW' },
    { metric: 'windSpeed', value: windSpeed, unit: 'm/s' },
    { metric: 'theoreticalPower', value: theoreticalPower, unit: 'kW' },
  ],
});

describe('a turbine below its curve', () => {
  const poor = Array.from({ length: 6 }, () => power(100));
  const fine = Array.from({ length: 3 }, () => power(1500));

  test('six readings far below it in good wind need maintenance, three near it end that', () => {
    expect(readingStory([...poor, ...fine]).changes).toEqual([
      '5 RAISED turbine-power-low',
      '8 CLEARED turbine-power-low',
    ]);
    expect(readingStory(poor.slice(1)).changes).toEqual([]);
  });

  test('weak wind, storm cut-out and missing values say nothing', () => {
    const weak = Array.from({ length: 9 }, () => power(0, 4.9, 200));
    const storm = Array.from({ length: 9 }, () => power(0, 26, 0));
    const blind = Array.from({ length: 9 }, () => ({
      measurements: [{ metric: 'activePower', value: 0, unit: 'kW' }],
    }));
    expect(readingStory([...weak, ...storm, ...blind]).changes).toEqual([]);
    expect(readingStory([...poor.slice(2), ...weak, ...poor.slice(4)]).changes).toEqual([
      '14 RAISED turbine-power-low',
    ]);
  });
});

const level = (metric: string, value: number, unit: string): Partial<CleanedReading> => ({
  deviceKind: 'SENSOR',
  deviceId: 'sensor-1',
  measurements: [{ metric, value, unit }],
});

describe('sensors', () => {
  test('a level that holds above its limit is an incident, also when metrics take turns', () => {
    const hot = level('temperature', 90, 'C');
    const shaking = level('vibration', 9, 'mm/s');
    expect(readingStory([hot, shaking, hot, shaking, hot, shaking]).changes).toEqual([
      '4 RAISED sensor-temperature-high',
      '5 RAISED sensor-vibration-high',
    ]);
  });

  test('two metrics of one instant are both judged', () => {
    const both = [0, 1, 2].flatMap((index) => [
      { ...level('temperature', 90, 'C'), time: may1st + index },
      { ...level('humidity', 97, '%'), time: may1st + index },
    ]);
    expect(readingStory(both).changes).toEqual(['4 RAISED sensor-temperature-high', '5 RAISED sensor-humidity-high']);
  });

  test('metrics without a rule and stations leave no memory', () => {
    const story = readingStory([level('constructor', 1e9, '1'), { deviceKind: 'STATION' }]);
    expect(story.changes).toEqual([]);
    expect(story.memory.newest).toEqual({});
  });
});

const secondAt = (second: number, sequence: number) => ({ time: may1st + second * 1000, sequence, batteryPercent: 10 });

describe('order', () => {
  test('readings older than what was judged are left out, and copies are told apart from them', () => {
    const story = vehicleStory([
      secondAt(5, 1),
      secondAt(6, 2),
      secondAt(2, 3),
      secondAt(5, 1),
      secondAt(6, 2),
      secondAt(7, 4),
    ]);
    expect(story.fates).toEqual(['judged', 'judged', 'late', 'duplicate', 'duplicate', 'judged']);
    expect(story.changes).toEqual(['5 RAISED battery-low']);
  });
});
