import { describe, expect, test } from '@jest/globals';
import { readPositionOf } from '../../../src/cli/consume/read-position.ts';

const nowMs = Date.UTC(2026, 4, 4, 12);

describe('a position to read from', () => {
  test.each([
    ['earliest', 'earliest'],
    ['latest', 'latest'],
    ['0', { offset: 0 }],
    ['123456', { offset: 123_456 }],
    ['15m', { timestampMs: nowMs - 900_000 }],
    ['2d', { timestampMs: nowMs - 2 * 86_400_000 }],
    ['2026-05-04', { timestampMs: Date.UTC(2026, 4, 4) }],
    ['2026-05-04T10:00', { timestampMs: Date.UTC(2026, 4, 4, 10) }],
    ['2026-05-04T10:00:00.5Z', { timestampMs: Date.UTC(2026, 4, 4, 10, 0, 0, 500) }],
    ['2026-05-04T10:00:00+02:00', { timestampMs: Date.UTC(2026, 4, 4, 8) }],
  ])('is "%s"', (text, expected) => {
    expect(readPositionOf(text, nowMs)).toEqual(expected);
  });

  test.each(['', 'first', '-1', '1.5', '15 m', '2026-13-01', '2026-05-04 10:00', '9'.repeat(20)])(
    'is not "%s"',
    (text) => {
      expect(readPositionOf(text, nowMs)).toBeUndefined();
    },
  );
});
