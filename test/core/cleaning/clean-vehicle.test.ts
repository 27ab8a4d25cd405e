import { describe, expect, test } from '@jest/globals';
import type { TelemetryBatch } from '../../../src/catalogue/events.generated.ts';
import { cleanSharedVehicle } from '../../../src/core/cleaning/clean-bay-event.ts';
import { cleanTelemetryBatch } from '../../../src/core/cleaning/clean-telemetry-batch.ts';
import { emptyVehicleMemory, type VehicleMemory } from '../../../src/core/cleaning/clean-vehicle.ts';
import { unknownDevice } from '../../../src/core/cleaning/device.ts';
import { bayEvent, may1st, secondsLater, telemetryBatch, vehicleReading } from '../../make/readings.ts';

const context = { device: unknownDevice, receivedAt: may1st + 3_600_000 };

function cleaned(batch: TelemetryBatch, memory: VehicleMemory = emptyVehicleMemory, device = unknownDevice) {
  const result = cleanTelemetryBatch(memory, batch, { ...context, device });
  return {
    ...result,
    readings: result.verdicts.flatMap((verdict) => (verdict.fate === 'cleaned' ? [verdict.cleaned] : [])),
  };
}

const placed = (seconds: number, latitude: number) => vehicleReading({ time: secondsLater(seconds), latitude });

const speeds = (values: readonly { speedKmh: number | null; batteryPercent?: number }[], stepSeconds = 1) =>
  values.map((value, index) => vehicleReading({ ...value, time: secondsLater(index * stepSeconds), sequence: index }));

describe('a batch of vehicle telemetry', () => {
  test('a faultless reading passes with its values, its time in UTC and no flag', () => {
    const [reading] = cleaned(
      telemetryBatch({ readings: [vehicleReading({ time: '2026-05-01T10:00:00+02:00' })] }),
    ).readings;
    expect(reading).toEqual({
      vehicleId: 'car-1',
      vehicleType: 'car',
      time: may1st,
      sequence: null,
      latitude: 59.91,
      longitude: 10.75,
      altitudeM: 20,
      speedKmh: 30,
      speedLimitKmh: 50,
      batteryPercent: 80,
      mode: 'DRIVE',
      odometerKm: 1000,
      distanceKm: null,
      temperatureC: 12,
      humidityPercent: 60,
      tripId: 'trip-1',
      city: null,
      fleet: 'fleet',
      emergency: null,
      faults: [],
      quality: [],
      receivedAt: context.receivedAt,
    });
  });

  test('values out of range become absent under one flag; the others stay', () => {
    const reading = vehicleReading({ altitudeM: -111, batteryPercent: 101, humidityPercent: Number.NaN, speedKmh: 33 });
    expect(cleaned(telemetryBatch({ readings: [reading] })).readings).toMatchObject([
      { altitudeM: null, batteryPercent: null, humidityPercent: null, speedKmh: 33, quality: ['OUT_OF_RANGE'] },
    ]);
  });

  test('the receiver’s speed stands in for the bus’s, and a speed limit of 0 is an unknown road', () => {
    const reading = vehicleReading({ speedKmh: null, gpsSpeedKmh: 41, speedLimitKmh: 0 });
    expect(cleaned(telemetryBatch({ readings: [reading] })).readings).toMatchObject([
      { speedKmh: 41, speedLimitKmh: null, quality: [] },
    ]);
  });

  test.each([
    ['N', 'NEUTRAL'],
    ['d', 'DRIVE'],
    ['R', 'REVERSE'],
    ['constructor', 'UNKNOWN'],
    [null, 'UNKNOWN'],
  ])('mode %p is %s', (mode, expected) => {
    expect(cleaned(telemetryBatch({ readings: [vehicleReading({ mode })] })).readings).toMatchObject([
      { mode: expected },
    ]);
  });

  test('the device table tells type, fleet, city and time zone where the device does not', () => {
    const device = { type: 'van', fleet: 'mobility', city: 'oslo', siteId: null, timeZone: 'Europe/Oslo' };
    const batch = telemetryBatch({ vehicleType: null, readings: [vehicleReading({ time: '2026-05-01T10:00:00' })] });
    expect(cleaned(batch, emptyVehicleMemory, device).readings).toMatchObject([
      { vehicleType: 'van', fleet: 'mobility', city: 'oslo', time: may1st },
    ]);
    expect(cleaned(telemetryBatch({ vehicleType: null })).readings).toMatchObject([
      { vehicleType: 'unknown', city: null },
    ]);
  });

  test('every reading has its own verdict in the order of the batch', () => {
    const readings = [
      vehicleReading({ time: secondsLater(0), sequence: 1 }),
      vehicleReading({ time: 'broken', sequence: 2 }),
      vehicleReading({ time: secondsLater(0), sequence: 1 }),
      vehicleReading({ time: secondsLater(2), sequence: 3 }),
    ];
    const { verdicts } = cleaned(telemetryBatch({ readings }));
    expect(verdicts.map(({ fate }) => fate)).toEqual(['cleaned', 'rejected', 'duplicate', 'cleaned']);
  });

  test('a broken first reading is repaired from a later one of the same record', () => {
    const readings = [
      vehicleReading({ time: '2003-00-29T08:00:00Z' }),
      vehicleReading({ time: 'broken' }),
      vehicleReading({ time: secondsLater(2) }),
    ];
    expect(cleaned(telemetryBatch({ readings })).readings).toMatchObject([
      { time: may1st, quality: ['TIME_REPAIRED'] },
      { time: may1st + 2000, quality: ['POSITION_STUCK'] },
    ]);
  });

  test('distance counts only between readings in order', () => {
    const readings = [placed(0, 59.91), placed(20, 59.911), placed(10, 59.9105), placed(40, 59.912)];
    const { readings: result } = cleaned(telemetryBatch({ readings }));
    expect(result.map(({ distanceKm }) => (distanceKm === null ? null : Math.round(distanceKm * 1000)))).toEqual([
      null,
      111,
      null,
      111,
    ]);
    expect(result[2]?.quality).toContain('OUT_OF_ORDER');
  });
});

describe('the state after a record', () => {
  test.each([
    ['MOVING', speeds([{ speedKmh: 0 }, { speedKmh: 20 }])],
    ['STANDING', speeds([{ speedKmh: 20 }, { speedKmh: 0 }])],
    ['STANDING', speeds([{ speedKmh: 20 }, { speedKmh: 0.3 }])],
    ['PARKED', speeds([{ speedKmh: 0 }, { speedKmh: 0 }, { speedKmh: 0 }], 150)],
    [
      'CHARGING',
      speeds([
        { speedKmh: 0, batteryPercent: 50 },
        { speedKmh: 0, batteryPercent: 50.5 },
      ]),
    ],
    [
      'CHARGING',
      speeds(
        [50, 51, 51].map((batteryPercent) => ({ speedKmh: 0, batteryPercent })),
        300,
      ),
    ],
    ['UNKNOWN', speeds([{ speedKmh: null }]).map((reading) => ({ ...reading, gpsSpeedKmh: null }))],
  ])('%s', (status, readings) => {
    expect(cleaned(telemetryBatch({ readings })).state?.status).toBe(status);
  });

  test('late readings leave the newest state as it is, and a record of copies makes none', () => {
    const newest = vehicleReading({ time: secondsLater(100), batteryPercent: 40 });
    const first = cleaned(telemetryBatch({ readings: [newest] }));
    const older = telemetryBatch({ readings: [vehicleReading({ time: secondsLater(50), batteryPercent: 90 })] });
    const second = cleaned(older, first.memory);
    expect(second.state).toMatchObject({ time: may1st + 100_000, batteryPercent: 40 });
    expect(cleaned(older, second.memory).state).toBeNull();
  });

  test('a lost position keeps the last valid one', () => {
    const readings = [vehicleReading(), vehicleReading({ time: secondsLater(60), latitude: 0 })];
    const result = cleaned(telemetryBatch({ readings }));
    expect(result.readings[1]).toMatchObject({ latitude: null, longitude: null });
    expect(result.state).toMatchObject({ latitude: 59.91, longitude: 10.75 });
  });

  test('memory and readings survive a passage through JSON', () => {
    const { memory } = cleaned(telemetryBatch({ readings: speeds([{ speedKmh: 0 }, { speedKmh: 3 }]) }));
    expect(JSON.parse(JSON.stringify(memory))).toEqual(memory);
  });
});

test('a shared vehicle’s telemetry becomes that of the mobility fleet in the city that the event names', () => {
  const event = bayEvent({
    kind: 'TELEMETRY',
    sourceId: 'scooter-9',
    vehicleType: 'scooter',
    speedKmh: 12,
    batteryPercent: 30,
  });
  expect(cleanSharedVehicle(emptyVehicleMemory, event, context).verdict).toMatchObject({
    fate: 'cleaned',
    cleaned: { vehicleId: 'scooter-9', vehicleType: 'scooter', fleet: 'mobility', city: 'oslo', batteryPercent: 30 },
  });
});
