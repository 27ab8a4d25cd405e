import { describe, expect, test } from '@jest/globals';
import type { EventPattern } from '../../src/catalogue/model.ts';
import { matchesPattern } from '../../src/core/event-pattern.ts';

const van = {
  deviceId: 'van-7',
  kind: 'Van',
  speed: 42.5,
  parked: false,
  driver: null,
  note: '',
  tags: ['cold', 'urgent'],
  position: { latitude: 59.91, city: 'Oslo' },
};

describe('a pattern', () => {
  test.each<readonly [EventPattern, boolean]>([
    [{}, true],
    [{ deviceId: ['van-7'] }, true],
    [{ deviceId: ['van-8', 'van-7'] }, true],
    [{ deviceId: ['van-8'] }, false],
    [{ deviceId: ['van-7'], kind: ['Scooter'] }, false],
    [{ position: { city: ['Oslo'] } }, true],
    [{ position: { city: ['Bergen'] } }, false],
    [{ position: ['Oslo'] }, false],
    [{ deviceId: { city: ['Oslo'] } }, false],
    [{ driver: [null] }, true],
    [{ note: [''] }, true],
    [{ parked: [false] }, true],
    [{ speed: [42.5] }, true],
    [{ speed: ['42.5'] }, false],
    [{ tags: ['urgent'] }, true],
    [{ tags: ['warm'] }, false],
    [{ deviceId: [{ prefix: 'van-' }] }, true],
    [{ deviceId: [{ prefix: 'an-' }] }, false],
    [{ deviceId: [{ suffix: '-7' }] }, true],
    [{ deviceId: [{ suffix: '-8' }] }, false],
    [{ kind: [{ 'equals-ignore-case': 'vAN' }] }, true],
    [{ kind: [{ 'equals-ignore-case': 'bus' }] }, false],
    [{ speed: [{ prefix: '4' }] }, false],
    [{ kind: [{ 'anything-but': ['Bus', 'Scooter'] }] }, true],
    [{ kind: [{ 'anything-but': ['Van'] }] }, false],
    [{ kind: [{ 'anything-but': 'Van' }] }, false],
    [{ kind: [{ 'anything-but': { prefix: 'V' } }] }, false],
    [{ absent: [{ 'anything-but': ['x'] }] }, false],
    [{ speed: [{ numeric: ['=', 42.5] }] }, true],
    [{ speed: [{ numeric: ['>', 40, '<=', 42.5] }] }, true],
    [{ speed: [{ numeric: ['>=', 43] }] }, false],
    [{ speed: [{ numeric: ['<', 42.5] }] }, false],
    [{ speed: [{ numeric: [] }] }, false],
    [{ speed: [{ numeric: ['>'] }] }, false],
    [{ deviceId: [{ numeric: ['>', 0] }] }, false],
    [{ deviceId: [{ exists: true }] }, true],
    [{ deviceId: [{ exists: false }] }, false],
    [{ absent: [{ exists: false }] }, true],
    [{ position: { city: [{ exists: false }] } }, false],
    [{ $or: [{ deviceId: ['van-8'] }, { speed: [{ numeric: ['>', 1] }] }] }, true],
    [{ $or: [{ deviceId: ['van-8'] }, { speed: [{ numeric: ['<', 1] }] }], kind: ['Van'] }, false],
    [{ deviceId: [] }, false],
    [{ deviceId: [{ unknown: 'van-7' }] }, false],
  ])('%j matches: %s', (pattern, matches) => {
    expect(matchesPattern(pattern, van)).toBe(matches);
  });
});
