import { describe, expect, test } from '@jest/globals';
import { type DeviationMemory, judgeDeviation } from '../../../src/core/wind/power-deviation.ts';
import { type GapMemory, judgeGap } from '../../../src/core/wind/reading-gaps.ts';
import { turbineState } from '../../../src/core/wind/turbine-slot.ts';

test.each([
  ['producing', 1500, 9, 1700],
  ['producing', 18, 9, 1700],
  ['down', 17, 9, 1700],
  ['down', -2.4, 9, 1700],
  ['idle', -2.4, 4.9, 100],
  ['idle', 0, 26, 0],
  ['idle', 0, 9, null],
] as const)(
  'a turbine is %s at %d kW in %d m/s that make %p kW possible',
  (...[state, powerKw, windMs, possibleKw]) => {
    expect(turbineState({ powerKw, windMs, possibleKw })).toBe(state);
  },
);

describe('a sustained deviation', () => {
  const hour = 3600;
  /** Changes that hours of a share bring, in turn; each hour one reading. */
  function changes(parts: readonly (readonly [hours: number, share: number])[]) {
    let memory: DeviationMemory | undefined;
    const found: string[] = [];
    let at = 0;
    for (const [hours, share] of parts) {
      for (let count = 0; count < hours; count += 1) {
        at += 1;
        const judged = judgeDeviation(
          memory,
          { powerKw: share * 1000, possibleKw: 1000, windMs: 9, seconds: hour },
          () => `i-${at}`,
        );
        memory = judged.memory;
        if (judged.change !== null) found.push(`${judged.change} at ${at} h`);
      }
    }
    return found;
  }

  test('is told after a day of good wind, not before', () => {
    expect(changes([[23, 0.5]])).toEqual([]);
    expect(changes([[24, 0.5]])).toEqual(['RAISED at 24 h']);
  });

  test('is over when the machine has given enough for a while', () => {
    expect(
      changes([
        [24, 0.7],
        [200, 1],
      ]),
    ).toEqual(['RAISED at 24 h', 'CLEARED at 51 h']);
  });

  test('is not told of a machine at a stop: another rule does', () => {
    expect(changes([[100, 0.1]])).toEqual([]);
  });

  test('is not told of a few bad hours in good days', () => {
    expect(
      changes([
        [48, 1],
        [5, 0.5],
        [48, 1],
      ]),
    ).toEqual([]);
  });
});

describe('missing readings', () => {
  const minute = 60_000;
  function changes(minutes: readonly number[]) {
    let memory: GapMemory | undefined;
    return minutes.map((at) => {
      const judged = judgeGap(memory, at * minute, () => 'incident');
      if (judged === 'late') return 'late';
      memory = judged.memory;
      return judged.change;
    });
  }

  test('are told from two hours on, once, and are over after a day with readings', () => {
    expect(changes([0, 119, 239])).toEqual([null, null, 'RAISED']);
    const days = Array.from({ length: 24 }, (_, index) => 120 + (index + 1) * 60);
    expect(changes([0, 120, ...days])).toEqual([null, 'RAISED', ...Array.from({ length: 23 }, () => null), 'CLEARED']);
  });

  test('are not told twice while the incident is open, and start its day anew', () => {
    expect(changes([0, 120, 360, 361])).toEqual([null, 'RAISED', null, null]);
  });

  test('are not told of readings that come late', () => {
    expect(changes([100, 50, 100])).toEqual([null, 'late', 'late']);
  });
});
