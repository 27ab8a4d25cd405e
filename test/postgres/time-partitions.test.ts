import { expect, test } from '@jest/globals';
import { partitionAt } from '../../src/postgres/time-partitions.ts';

test('a time lies in the partition of its UTC day', () => {
  expect(partitionAt('t', 'day', Date.UTC(2024, 1, 29, 23, 59, 59, 999))).toEqual({
    name: 't_20240229',
    from: '2024-02-29T00:00:00.000Z',
    to: '2024-03-01T00:00:00.000Z',
  });
});

test('a time lies in the partition of its UTC month, over the end of the year', () => {
  expect(partitionAt('t', 'month', Date.UTC(2018, 11, 31))).toEqual({
    name: 't_201812',
    from: '2018-12-01T00:00:00.000Z',
    to: '2019-01-01T00:00:00.000Z',
  });
});

test('times before 2000, after 2099 and beyond what a date can be have no partition of their own', () => {
  expect(partitionAt('t', 'day', Date.UTC(1999, 11, 31, 23, 59))).toBeNull();
  expect(partitionAt('t', 'day', Date.UTC(2100, 0, 1))).toBeNull();
  expect(partitionAt('t', 'day', 9e15)).toBeNull();
  expect(partitionAt('t', 'day', Date.UTC(2000, 0, 1))?.name).toBe('t_20000101');
});
