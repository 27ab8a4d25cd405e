import { expect, test } from '@jest/globals';
import { sizeGroups } from '../../src/core/size-groups.ts';

const groupsOf = (sizes: readonly number[], limits: Parameters<typeof sizeGroups>[2]) => [
  ...sizeGroups(sizes, (size) => size, limits),
];

test('a group is as large as the limit allows, and not larger', () => {
  expect(groupsOf([4, 6, 1, 9, 1], { maxSize: 10 })).toEqual([[4, 6], [1, 9], [1]]);
});

test('what is too large for any group stands alone, in its place', () => {
  expect(groupsOf([1, 11, 2], { maxSize: 10 })).toEqual([[1], [11], [2]]);
});

test('a group has no more items than it may have', () => {
  expect(groupsOf([1, 1, 1], { maxSize: 10, maxItems: 2 })).toEqual([[1, 1], [1]]);
});

test('nothing makes no group', () => {
  expect(groupsOf([], { maxSize: 10 })).toEqual([]);
});
