import { describe, expect, test } from '@jest/globals';
import { letterGroupOf, letterIdOf } from '../../../src/codec/letter-ids.ts';
import { normalisedMessage } from '../../../src/core/dead-letters/fingerprint.ts';

describe('a normalised message', () => {
  test.each([
    [
      'VehicleTelemetry.speedKmh is -1.5e10, allowed is 0 to 400',
      'VehicleTelemetry.speedKmh is <n>, allowed is <n> to <n>',
    ],
    ['field "name" of “Zoë” is `x`', 'field <text> of <text> is <text>'],
    ["value 'a b' is odd; it doesn't fit and can't", "value <text> is odd; it doesn't fit and can't"],
    [
      'schema version c0ffee00-1111-4222-8333-444455556666 is none of the 2 versions',
      'schema version <id> is none of the <n> versions',
    ],
    ['digest 9f86d081884c7d659a2feaa0c55ad015 is wrong', 'digest <id> is wrong'],
    ['vehicle.telemetry.v1-12 at offset 4711: cut', '<place>: cut'],
    ['at 2026-11-21T10:00:00.000Z and 2026-11-21 10:00', 'at <time> and <time>'],
    ['connect ECONNREFUSED 127.0.0.1:5432', 'connect ECONNREFUSED <n>'],
    ['van-7   and\nvan-12', 'van<n> and van<n>'],
    ['got “a \\" quote', 'got “a \\" quote'],
    ['', ''],
  ])('%j becomes %j', (message, normalised) => {
    expect(normalisedMessage(message)).toBe(normalised);
  });

  test('is bounded, and made quickly of long messages too', () => {
    for (const piece of ['a.b-1 ', '"', "'x ", '1', '1,', '\n', 'deadbeef', '-1 at offset ']) {
      expect(normalisedMessage(piece.repeat(8_000 / piece.length)).length).toBeLessThanOrEqual(500);
    }
  });
});

describe('the group of a letter', () => {
  const letter = { consumer: 'c', code: 'EVENTBUS_CODEC_MALFORMED', message: 'value 1', schemaVersion: 'A/v1' };

  test('is the same for letters of one cause and another for each difference in cause', () => {
    expect(letterGroupOf({ ...letter, message: 'value 22' })).toBe(letterGroupOf(letter));
    const others = [
      { ...letter, consumer: 'd' },
      { ...letter, code: 'EVENTBUS_CODEC_TRUNCATED' },
      { ...letter, message: 'values 1' },
      { ...letter, schemaVersion: null },
    ];
    expect(new Set([letter, ...others].map(letterGroupOf)).size).toBe(5);
  });

  test('never changes, for groups of yesterday are compared with it', () => {
    expect(letterGroupOf(letter)).toMatch(/^[0-9a-f]{16}$/);
    expect(letterGroupOf(letter)).toBe('dad936269159d14a');
    expect(letterIdOf({ consumer: 'c', topic: 't', partition: 1, offset: 2 })).toBe(
      '13cca70d-582d-5337-8596-a1b825333382',
    );
  });
});
