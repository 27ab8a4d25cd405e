import { expect, test } from '@jest/globals';
import { unknownFields } from '../../src/core/unknown-fields.ts';

test('unknown fields are found at any depth, once for all items of an array', () => {
  const json = {
    a: 1,
    b: [
      { c: 1, x: 1 },
      { c: 2, x: 2 },
    ],
    d: { e: null, y: {} },
    m: { free: 1 },
    z: [],
  };
  const value = { a: 1, b: [{ c: 1 }, { c: 2 }], d: { e: null }, m: { free: 1 }, f: null };
  expect(unknownFields(json, value)).toEqual(['b[].x', 'd.y', 'z']);
});

test('a field that is undefined is no unknown field', () => {
  expect(unknownFields({ a: 1, b: undefined }, { a: 1 })).toEqual([]);
});
