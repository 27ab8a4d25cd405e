import { describe, expect, test } from '@jest/globals';
import { toNormalUnit } from '../../../src/core/cleaning/units.ts';

describe('normal units', () => {
  test.each([
    [20, 'C', { value: 20, unit: 'C' }],
    [68, 'F', { value: 20, unit: 'C' }],
    [-40, '°F', { value: -40, unit: 'C' }],
    [293.15, 'K', { value: 20, unit: 'C' }],
    [1013.25, 'hPa', { value: 101_325, unit: 'Pa' }],
    [1, 'bar', { value: 100_000, unit: 'Pa' }],
    [2, 'MPa', { value: 2_000_000, unit: 'Pa' }],
    [36, 'km/h', { value: 10, unit: 'm/s' }],
    [1, 'in/s', { value: 25.4, unit: 'mm/s' }],
    [2, 'MW', { value: 2000, unit: 'kW' }],
    [2, 'mW', { value: 0.000_002, unit: 'kW' }],
    [500, 'W', { value: 0.5, unit: 'kW' }],
    [55, '%', { value: 55, unit: '%' }],
    [250, 'mm', { value: 0.25, unit: 'm' }],
    [3, '', { value: 3, unit: '1' }],
    [20, ' c ', { value: 20, unit: 'C' }],
  ])('%p %s is %p', (value, unit, normal) => {
    expect(toNormalUnit(value, unit)).toEqual(normal);
  });

  test.each(['furlong', 'constructor', 'kWh'])('%s is unknown', (unit) => {
    expect(toNormalUnit(1, unit)).toBeNull();
  });
});
