import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodePosition, encodePosition } from '../../../src/core/realtime/position.ts';

const offset = fc.oneof(fc.nat(300), fc.maxSafeNat());
const place = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.array(offset, { maxLength: 24 })), {
    selector: ([code]) => code,
    maxLength: 5,
  })
  .map((entries) => new Map<number, readonly number[]>(entries));
const room = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-ascii' });

const empty = { place: new Map(), rooms: new Map() };

test('a position comes back as it was, in characters that need no escape in a URL', () => {
  fc.assert(
    fc.property(place, fc.array(fc.tuple(room, place), { maxLength: 5 }), (whole, rooms) => {
      const position = { place: whole, rooms: new Map(rooms) };
      const text = encodePosition(position);
      expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodePosition(text)).toEqual(position);
    }),
  );
});

test('any other text is none, and never an error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      const position = decodePosition(text) ?? empty;
      expect(decodePosition(encodePosition(position))).toEqual(position);
    }),
  );
  const whole = encodePosition({ place: new Map([[1, [5, 6, 7]]]), rooms: new Map() });
  for (let length = 0; length < whole.length - 1; length += 1) {
    expect(decodePosition(whole.slice(0, length))).toBeUndefined();
  }
});

test('positions of a topic with twelve partitions stay short', () => {
  const offsets = Array.from({ length: 12 }, (_, partition) => 1_000_000_000 + partition);
  expect(
    encodePosition({
      place: new Map([
        [1, offsets],
        [2, [1_000]],
      ]),
      rooms: new Map(),
    }).length,
  ).toBeLessThan(100);
});
