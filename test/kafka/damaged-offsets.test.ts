import { expect, test } from '@jest/globals';
import { DamagedOffsets } from '../../src/kafka/damaged-offsets.ts';

const askUntilBelieved = (offsets: DamagedOffsets, at: number) =>
  Array.from({ length: 3 }, () => offsets.met('t-0', at));

test('damage is believed the third time it is met, and behind it at once', () => {
  const offsets = new DamagedOffsets();
  expect(askUntilBelieved(offsets, 7)).toEqual(['ask-again', 'ask-again', 'begins']);
  expect([8, 9].map((offset) => offsets.met('t-0', offset))).toEqual(['goes-on', 'goes-on']);
  expect(offsets.passed('t-0', 10)).toEqual({ from: 7, to: 10 });
  expect(offsets.passed('t-0', 10)).toBeUndefined();
});

test('damage that another answer does not confirm is no damage', () => {
  const offsets = new DamagedOffsets();
  offsets.met('t-0', 7);
  expect(offsets.passed('t-0', 7)).toBeUndefined();
  expect(offsets.met('t-0', 8)).toBe('ask-again');
});

test('another place, another partition and a partition that was given away begin anew', () => {
  const offsets = new DamagedOffsets();
  askUntilBelieved(offsets, 7);
  expect(offsets.met('t-0', 20)).toBe('ask-again');
  expect(offsets.met('t-1', 8)).toBe('ask-again');
  askUntilBelieved(offsets, 7);
  offsets.forget('t-0');
  expect(offsets.met('t-0', 8)).toBe('ask-again');
});
