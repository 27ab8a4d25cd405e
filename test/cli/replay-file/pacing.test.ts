import { describe, expect, test } from '@jest/globals';
import { makePacer, type Speed } from '../../../src/cli/replay-file/pacing.ts';

/** Plays moments in seconds and answers the wall times, in ms, at which each was let through. */
async function played(speed: Speed, moments: readonly (number | null)[]): Promise<number[]> {
  let clock = 0;
  const sleep = (ms: number) => {
    clock += ms;
    return Promise.resolve();
  };
  const pacer = makePacer({ speed, now: () => clock, sleep });
  const times: number[] = [];
  for (const moment of moments) {
    await pacer.until(moment === null ? null : moment * 1000, new AbortController().signal, () => Promise.resolve());
    times.push(Math.round(clock));
  }
  return times;
}

describe('the pace of a replay', () => {
  test('is the recorded one times the speed', async () => {
    expect(await played(600, [0, 600, 1200, 3000])).toEqual([0, 1000, 2000, 5000]);
    expect(await played(1, [10, 11, 12])).toEqual([0, 1000, 2000]);
  });

  test('waits at most five seconds for a gap, and not at all for a step backwards', async () => {
    expect(await played(1, [0, 86_400, 86_401, 10, 11])).toEqual([0, 5000, 6000, 6000, 7000]);
  });

  test('goes on at once over moments that do not exist', async () => {
    expect(await played(1, [0, null, null, 3])).toEqual([0, 0, 0, 3000]);
  });

  test('gathers short steps until they are worth a timer, and stays on time', async () => {
    const times = await played(
      1000,
      Array.from({ length: 101 }, (_, index) => index),
    );
    expect(times.at(-1)).toBeGreaterThanOrEqual(96);
    expect(times.at(-1)).toBeLessThanOrEqual(100);
    expect(new Set(times).size).toBeLessThan(30);
  });

  test('max never waits', async () => {
    expect(await played('max', [0, 1e9, 2e9])).toEqual([0, 0, 0]);
  });
});
