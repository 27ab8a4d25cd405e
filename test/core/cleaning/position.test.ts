import { describe, expect, test } from '@jest/globals';
import { type Fix, judgePosition } from '../../../src/core/cleaning/position.ts';
import { may1st } from '../../make/readings.ts';

const rabat: Fix = { latitude: 33.991, longitude: -6.858, sinceMs: may1st, untilMs: may1st };
const claim = { latitude: 33.991, longitude: -6.858, speedKmh: 30, ms: may1st + 1000 };

describe('judging a position', () => {
  test('the first position of a vehicle is taken without a distance', () => {
    expect(judgePosition(null, claim)).toMatchObject({ distanceKm: null, flag: null, position: { latitude: 33.991 } });
  });

  test('a position that stays while the wheels turn is a receiver that is stuck', () => {
    expect(judgePosition(rabat, claim)).toMatchObject({ flag: 'POSITION_STUCK', distanceKm: 0 });
    expect(judgePosition(rabat, { ...claim, speedKmh: 0 }).flag).toBeNull();
    expect(judgePosition(rabat, { ...claim, speedKmh: null }).flag).toBeNull();
  });

  test('the first new position after a stuck one is measured over the whole time', () => {
    const stuck = judgePosition(rabat, { ...claim, ms: may1st + 9000 }).fix;
    const next = judgePosition(stuck, { ...claim, latitude: 33.9925, ms: may1st + 10_000 });
    expect(next.flag).toBeNull();
    expect(next.distanceKm).toBeCloseTo(0.1668, 3);
  });

  test('latitude 0 far from the equator is carried on from the last position, for half a minute', () => {
    const lost = { ...claim, latitude: 0 };
    expect(judgePosition(rabat, lost)).toMatchObject({
      flag: 'POSITION_REPAIRED',
      position: { latitude: 33.991, longitude: -6.858 },
      distanceKm: 0,
      fix: rabat,
    });
    expect(judgePosition(rabat, { ...lost, ms: may1st + 31_000 })).toMatchObject({
      flag: 'OUT_OF_RANGE',
      position: null,
    });
    expect(judgePosition(null, lost)).toMatchObject({ flag: 'OUT_OF_RANGE', position: null, fix: null });
  });

  test('latitude 0 beside the equator is true', () => {
    const kampalaRoad: Fix = { ...rabat, latitude: 0.0001, longitude: 32.5 };
    expect(judgePosition(kampalaRoad, { ...claim, latitude: 0, longitude: 32.5 }).flag).toBeNull();
  });

  test.each([
    [91, 10],
    [-90.1, 10],
    [10, 180.5],
    [Number.NaN, 10],
    [10, null],
    [null, 10],
  ])('%p, %p is no position', (latitude, longitude) => {
    expect(judgePosition(null, { ...claim, latitude, longitude })).toMatchObject({
      flag: 'OUT_OF_RANGE',
      position: null,
    });
  });

  test('a vehicle that does not report positions is not blamed for it', () => {
    const verdict = judgePosition(rabat, { ...claim, latitude: null, longitude: null });
    expect(verdict).toEqual({ position: null, distanceKm: null, flag: null, fix: rabat });
  });

  test('a jump that nothing on wheels can make means that readings are missing, and counts no distance', () => {
    const jump = judgePosition(rabat, { ...claim, latitude: 34.008 });
    expect(jump).toMatchObject({ flag: 'GAP_BEFORE', distanceKm: null, position: { latitude: 34.008 } });
  });
});
