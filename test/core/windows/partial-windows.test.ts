import { describe, expect, test } from '@jest/globals';
import { decimalOf, millionths, partialWindows } from '../../../src/core/windows/partial-windows.ts';
import { cleanedWindowReading, vehicleWindowReading } from '../../../src/core/windows/readings.ts';
import { windowLengthsMs, windowStartMs } from '../../../src/core/windows/window.ts';
import { cleanedReading, may1st, vehicleTelemetry } from '../../make/readings.ts';

function driving(seconds: number, vehicleId: string, speedKmh: number) {
  const time = may1st + seconds * 1000;
  return vehicleWindowReading(vehicleTelemetry({ vehicleId, time, speedKmh, batteryPercent: null, distanceKm: null }));
}

describe('the start of a window', () => {
  test('is the last multiple of its length, UTC, also before 1970', () => {
    const time = Date.UTC(2026, 4, 1, 23, 59, 59, 999);
    expect(new Date(windowStartMs(time, windowLengthsMs.tenMinutes)).toISOString()).toBe('2026-05-01T23:50:00.000Z');
    expect(new Date(windowStartMs(time, windowLengthsMs.hour)).toISOString()).toBe('2026-05-01T23:00:00.000Z');
    expect(new Date(windowStartMs(time, windowLengthsMs.day)).toISOString()).toBe('2026-05-01T00:00:00.000Z');
    expect(windowStartMs(-1, windowLengthsMs.hour)).toBe(-windowLengthsMs.hour);
  });

  test('belongs to the window and its end does not', () => {
    expect(windowStartMs(600_000, windowLengthsMs.tenMinutes)).toBe(600_000);
    expect(windowStartMs(599_999, windowLengthsMs.tenMinutes)).toBe(0);
  });
});

describe('what a reading adds', () => {
  test('a vehicle adds speed, charge and distance, and nothing for absent or impossible values', () => {
    const reading = vehicleWindowReading(
      vehicleTelemetry({ speedKmh: 42, batteryPercent: null, distanceKm: Number.NaN }),
    );
    expect(reading.values).toEqual([{ metric: 'speed', unit: 'km/h', value: 42 }]);
  });

  test('a turbine adds energy: active power times the averaging interval', () => {
    const measurements = [{ metric: 'activePower', value: 1500, unit: 'kW' }];
    const reading = cleanedWindowReading(cleanedReading({ measurements, intervalSeconds: 600 }));
    expect(reading.values).toEqual([
      { metric: 'activePower', unit: 'kW', value: 1500 },
      { metric: 'energy', unit: 'kWh', value: 250 },
    ]);
  });

  test('power without an interval is no energy, and directions have no mean', () => {
    const measurements = [
      { metric: 'activePower', value: 1500, unit: 'kW' },
      { metric: 'windDirection', value: 359, unit: 'deg' },
    ];
    const reading = cleanedWindowReading(cleanedReading({ measurements, intervalSeconds: null }));
    expect(reading.values.map(({ metric }) => metric)).toEqual(['activePower']);
  });
});

describe('partial windows', () => {
  test('count, sum and bound the values of each device, metric and window apart', () => {
    const windows = partialWindows(
      [driving(0, 'a', 10), driving(599, 'a', 30), driving(600, 'a', 50), driving(1, 'b', -1)],
      windowLengthsMs.tenMinutes,
    );
    const speed = { metric: 'speed', unit: 'km/h' };
    expect(windows).toEqual([
      { deviceId: 'a', ...speed, startMs: may1st, count: 2, minimum: 10, totalMillionths: 40_000_000n, maximum: 30 },
      {
        deviceId: 'a',
        ...speed,
        startMs: may1st + 600_000,
        count: 1,
        minimum: 50,
        totalMillionths: 50_000_000n,
        maximum: 50,
      },
      { deviceId: 'b', ...speed, startMs: may1st, count: 1, minimum: -1, totalMillionths: -1_000_000n, maximum: -1 },
    ]);
  });
});

describe('totals', () => {
  test('are the same to the bit however the readings are grouped, where floating sums are not', () => {
    const values = [0.1, 0.2, 0.3, 1e9, -1e9];
    const forwards = values.map(millionths).reduce((sum, value) => sum + value, 0n);
    const backwards = values
      .toReversed()
      .map(millionths)
      .reduce((sum, value) => sum + value, 0n);
    expect(forwards).toBe(600_000n);
    expect(backwards).toBe(forwards);
    expect(values.reduce((sum, value) => sum + value, 0)).not.toBe(0.6);
  });

  test('hold values of every size', () => {
    expect(decimalOf(millionths(1.7e308))).toBe(`${BigInt(1.7e308)}.000000`);
    expect(decimalOf(millionths(-0.25))).toBe('-0.250000');
    expect(decimalOf(millionths(4e-7))).toBe('0.000000');
    expect(decimalOf(millionths(-12_345.678_901))).toBe('-12345.678901');
  });
});
