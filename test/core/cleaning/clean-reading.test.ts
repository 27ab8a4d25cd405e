import { describe, expect, test } from '@jest/globals';
import { cleanStationEvent } from '../../../src/core/cleaning/clean-bay-event.ts';
import {
  cleanSensorReading,
  cleanTurbineReading,
  emptyReadingMemory,
} from '../../../src/core/cleaning/clean-reading.ts';
import { unknownDevice } from '../../../src/core/cleaning/device.ts';
import { bayEvent, may1st, secondsLater, sensorReading, turbineReading } from '../../make/readings.ts';

const context = { device: { ...unknownDevice, siteId: 'ridge' }, receivedAt: may1st + 1000 };

describe('a turbine’s reading', () => {
  test('becomes named values in normal units with the site of the device table', () => {
    const { verdict } = cleanTurbineReading(emptyReadingMemory, turbineReading({ windDirectionDeg: 360 }), context);
    expect(verdict).toEqual({
      fate: 'cleaned',
      cleaned: {
        deviceId: 'turbine-1',
        deviceKind: 'TURBINE',
        time: may1st,
        sequence: null,
        measurements: [
          { metric: 'activePower', value: 1500, unit: 'kW' },
          { metric: 'windSpeed', value: 9, unit: 'm/s' },
          { metric: 'theoreticalPower', value: 1700, unit: 'kW' },
          { metric: 'windDirection', value: 0, unit: 'deg' },
        ],
        intervalSeconds: 600,
        siteId: 'ridge',
        quality: [],
        receivedAt: may1st + 1000,
      },
    });
  });

  test('slightly negative power of an idling turbine is true', () => {
    const { verdict } = cleanTurbineReading(emptyReadingMemory, turbineReading({ activePowerKw: -2.47 }), context);
    expect(verdict).toMatchObject({ cleaned: { quality: [], measurements: [{ value: -2.47 }, {}, {}, {}] } });
  });

  test('a value out of range is left out and flagged; without any value the reading is rejected', () => {
    const { verdict } = cleanTurbineReading(emptyReadingMemory, turbineReading({ windSpeedMs: 400 }), context);
    expect(verdict).toMatchObject({
      cleaned: {
        quality: ['OUT_OF_RANGE'],
        measurements: [{ metric: 'activePower' }, { metric: 'theoreticalPower' }, {}],
      },
    });
    const empty = { activePowerKw: null, windSpeedMs: null, theoreticalPowerKw: null, windDirectionDeg: 700 };
    expect(cleanTurbineReading(emptyReadingMemory, turbineReading(empty), context).verdict).toMatchObject({
      fate: 'rejected',
      reason: 'no-usable-value',
    });
  });
});

describe('a sensor’s value', () => {
  test('is converted to the normal unit', () => {
    const reading = sensorReading({ value: 1013.25, unit: 'hPa', metric: 'pressure' });
    expect(cleanSensorReading(emptyReadingMemory, reading, context).verdict).toMatchObject({
      cleaned: { deviceKind: 'SENSOR', measurements: [{ metric: 'pressure', value: 101_325, unit: 'Pa' }] },
    });
  });

  test.each([
    ['unit-unknown', { unit: 'furlong' }],
    ['value-out-of-range', { metric: 'humidity', unit: '%', value: 140 }],
    ['value-out-of-range', { metric: 'constructor', unit: '1', value: Number.POSITIVE_INFINITY }],
    ['no-usable-value', { metric: '' }],
    ['no-usable-value', { metric: 'x'.repeat(101) }],
    ['time-unreadable', { time: 'now' }],
  ])('is rejected as %s', (reason, given) => {
    const { verdict } = cleanSensorReading(emptyReadingMemory, sensorReading(given), context);
    expect(verdict).toMatchObject({ fate: 'rejected', reason, detail: expect.stringMatching(/.{10}/) });
  });

  test('a metric that nobody knows passes with any finite value', () => {
    const reading = sensorReading({ metric: 'constructor', unit: '1', value: -4 });
    expect(cleanSensorReading(emptyReadingMemory, reading, context).verdict.fate).toBe('cleaned');
  });
});

function reasonOf(given: Parameters<typeof bayEvent>[0]): string {
  const { verdict } = cleanStationEvent(emptyReadingMemory, bayEvent(given), context);
  return verdict.fate === 'rejected' ? verdict.reason : verdict.fate;
}

describe('an event of a station', () => {
  test.each([
    ['DOCKED', {}, [['vehicleDocked', 1]]],
    ['UNDOCKED', {}, [['vehicleUndocked', 1]]],
    [
      'BAY_STATUS',
      { bikesAvailable: 4, docksAvailable: 0 },
      [
        ['bikesAvailable', 4],
        ['docksAvailable', 0],
      ],
    ],
    ['BAY_STATUS', { bikesAvailable: -1, docksAvailable: 3 }, [['docksAvailable', 3]]],
  ] as const)('%s', (kind, given, expected) => {
    const { verdict } = cleanStationEvent(emptyReadingMemory, bayEvent({ kind, ...given }), context);
    expect(verdict).toMatchObject({ fate: 'cleaned', cleaned: { deviceId: '7', deviceKind: 'STATION' } });
    const values =
      verdict.fate === 'cleaned' ? verdict.cleaned.measurements.map(({ metric, value }) => [metric, value]) : [];
    expect(values).toEqual(expected);
  });

  test('a status without counts or a kind that this version does not know is rejected', () => {
    expect(reasonOf({ kind: 'BAY_STATUS' })).toBe('no-usable-value');
    expect(reasonOf({ kind: 'UNKNOWN' })).toBe('kind-unknown');
  });

  test('two vehicles docked in the same instant are two events, the same one twice is a copy', () => {
    const fates: string[] = [];
    let memory = emptyReadingMemory;
    for (const vehicleId of ['a', 'b', 'a']) {
      const step = cleanStationEvent(memory, bayEvent({ vehicleId, time: secondsLater(3) }), context);
      memory = step.memory;
      fates.push(step.verdict.fate);
    }
    expect(fates).toEqual(['cleaned', 'cleaned', 'duplicate']);
  });
});
