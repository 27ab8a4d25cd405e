import { describe, expect, test } from '@jest/globals';
import { distanceKm, headingDeg, isInside, moved, type Polygon } from '../../src/core/geometry.ts';

const oslo = { latitude: 59.9139, longitude: 10.7522 };
const berlin = { latitude: 52.52, longitude: 13.405 };

describe('distances', () => {
  test('known ones are right to a thousandth', () => {
    expect(distanceKm(oslo, berlin)).toBeCloseTo(838.1, 0);
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 1 })).toBeCloseTo(111.195, 3);
    expect(distanceKm(oslo, oslo)).toBe(0);
    expect(distanceKm({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 })).toBeCloseTo(20_015.1, 0);
  });

  test.each([0, 45, 90, 135, 180, 270, 359])('a step towards %p degrees has its length and its heading', (heading) => {
    const there = moved(oslo, heading, 2);
    expect(distanceKm(oslo, there)).toBeCloseTo(2, 2);
    expect(Math.abs(headingDeg(oslo, there) - heading)).toBeLessThan(0.1);
  });
});

describe('inside a polygon', () => {
  const horseshoe: Polygon = [
    [0, 0],
    [4, 0],
    [4, 1],
    [1, 1],
    [1, 3],
    [4, 3],
    [4, 4],
    [0, 4],
  ];
  test.each([
    [0.5, 2, true],
    [3, 0.5, true],
    [3, 3.5, true],
    [3, 2, false],
    [-1, 2, false],
    [5, 0.5, false],
    [2, 5, false],
    [2, -1, false],
  ])('%p, %p: %p', (latitude, longitude, inside) => {
    expect(isInside(horseshoe, { latitude, longitude })).toBe(inside);
    expect(isInside(horseshoe.toReversed(), { latitude, longitude })).toBe(inside);
  });

  test('nothing is inside nothing', () => {
    expect(isInside([], oslo)).toBe(false);
  });
});
