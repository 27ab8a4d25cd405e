import { describe, expect, test } from '@jest/globals';
import { seenLimit } from '../../../src/core/cleaning/seen.ts';
import { emptyTimeline, placeInTime, type TimeClaim, type Timeline } from '../../../src/core/cleaning/timeline.ts';
import { may1st, secondsLater } from '../../make/readings.ts';

const base: TimeClaim = {
  time: secondsLater(0),
  sequence: null,
  name: '',
  intervalMs: null,
  regular: true,
  nextMs: null,
  timeZone: null,
  receivedAt: may1st + 86_400_000,
};

/** Fate and flags of each claim, one after another on one timeline. */
function judged(claims: readonly Partial<TimeClaim>[], start: Timeline = emptyTimeline) {
  let timeline = start;
  const fates = claims.map((claim) => {
    const placement = placeInTime(timeline, { ...base, ...claim });
    if (placement.fate === 'rejected') return placement.reason;
    if (placement.fate === 'duplicate') return 'duplicate';
    timeline = placement.timeline;
    return [(placement.ms - may1st) / 1000, ...placement.flags].join(' ');
  });
  return { fates, timeline };
}

const at = (seconds: number, sequence: number) => ({ time: secondsLater(seconds), sequence });

const every = (stepSeconds: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ time: secondsLater(index * stepSeconds) }));

describe('copies', () => {
  test('the same time and counter is a duplicate, another counter is not', () => {
    const { fates } = judged([at(0, 1), at(1, 2), at(0, 1), at(1, 2), at(1, 3)]);
    expect(fates).toEqual(['0', '1', 'duplicate', 'duplicate', '1']);
  });

  test('a device that restarts its counter is not taken for a copy', () => {
    const before = Array.from({ length: 50 }, (_, index) => ({ time: secondsLater(index), sequence: index }));
    const after = Array.from({ length: 5 }, (_, index) => ({ time: secondsLater(100 + index), sequence: index }));
    expect(judged([...before, ...after]).fates.slice(50)).toEqual(['100 GAP_BEFORE', '101', '102', '103', '104']);
    expect(judged([...before, ...after, ...before, ...after]).fates.slice(55)).toEqual(
      Array.from({ length: 55 }, () => 'duplicate'),
    );
  });

  test('readings that came in any order leave one run when no hole is left, and all their copies are found', () => {
    // Each block of 25 comes from its middle outwards: far more holes than runs are remembered, but few at a time.
    const shuffled = Array.from({ length: 500 }, (_, index) => index).toSorted((left, right) => {
      const [block, other] = [Math.floor(left / 25), Math.floor(right / 25)];
      return block === other ? ((left * 7) % 25) - ((right * 7) % 25) : block - other;
    });
    const claims = shuffled.map((number) => at(number, number));
    const { fates, timeline } = judged([...claims, ...claims]);
    expect(new Set(fates.slice(0, 500)).has('duplicate')).toBe(false);
    expect(new Set(fates.slice(500))).toEqual(new Set(['duplicate']));
    expect(timeline.seen.runs).toHaveLength(1);
  });

  test('without a counter, time and name make the reading', () => {
    const { fates } = judged([{ name: 'DOCKED' }, { name: 'UNDOCKED' }, { name: 'DOCKED' }]);
    expect(fates).toEqual(['0', '0', 'duplicate']);
  });

  test('a copy of a repaired reading is found although its own time is impossible', () => {
    const broken = { time: '2003-00-29T08:00:02Z', sequence: 3 };
    const claims = [{ time: secondsLater(0), sequence: 1 }, { time: secondsLater(1), sequence: 2 }, broken];
    expect(judged([...claims, { time: secondsLater(3), sequence: 4 }, broken]).fates.at(-1)).toBe('duplicate');
  });

  test('a million readings in order cost one run, disorder costs a bounded number', () => {
    const orderly = judged(
      Array.from({ length: 5000 }, (_, index) => ({ time: secondsLater(index), sequence: index })),
    );
    expect(orderly.timeline.seen.runs).toHaveLength(1);
    const wild = judged(
      Array.from({ length: 500 }, (_, index) => ({ time: secondsLater(index), sequence: index * 7 })),
    );
    expect(wild.timeline.seen.runs).toHaveLength(seenLimit);
    const unnumbered = judged(every(1, 500));
    expect(JSON.stringify(unnumbered.timeline).length).toBeLessThan(1000);
  });
});

describe('gaps and disorder', () => {
  test('a step much longer than the cadence is a gap', () => {
    const claims = [...every(1, 5), { time: secondsLater(30) }, { time: secondsLater(31) }];
    expect(judged(claims).fates.slice(4)).toEqual(['4', '30 GAP_BEFORE', '31']);
  });

  test('with a stated interval the second slot already shows that one is missing', () => {
    const claims = [0, 600, 1800, 2400].map((seconds) => ({ time: secondsLater(seconds), intervalMs: 600_000 }));
    expect(judged(claims).fates).toEqual(['0', '600', '1800 GAP_BEFORE', '2400']);
  });

  test('a missing counter value is a gap even when no time is missing', () => {
    const claims = [1, 2, 5].map((sequence, index) => ({ time: secondsLater(index), sequence }));
    expect(judged(claims).fates).toEqual(['0', '1', '2 GAP_BEFORE']);
  });

  test('a device that changes its cadence is believed the second time', () => {
    const slow = [10, 20, 30, 40].map((seconds) => ({ time: secondsLater(seconds) }));
    expect(judged([...every(1, 3), ...slow]).fates).toEqual(['0', '1', '2', '10 GAP_BEFORE', '20', '30', '40']);
  });

  test('events are not regular and have no gaps', () => {
    const claims = [0, 1, 5000].map((seconds) => ({ time: secondsLater(seconds), regular: false }));
    expect(judged(claims).fates).toEqual(['0', '1', '5000']);
  });

  test('an older reading is out of order, and late when windows may be closed', () => {
    const { fates } = judged([at(0, 1), at(1000, 2), at(999, 3), at(400, 4), at(399, 5), at(1001, 6)]);
    expect(fates).toEqual(['0', '1000', '999 OUT_OF_ORDER', '400 OUT_OF_ORDER', '399 LATE OUT_OF_ORDER', '1001']);
  });
});

describe('repair', () => {
  const start = [
    { time: secondsLater(0), sequence: 1 },
    { time: secondsLater(2), sequence: 2 },
  ];

  test('an impossible date takes the day of the reading before and keeps its time of day', () => {
    const { fates } = judged([...start, { time: '2032-90-02T10:00:05+02:00', sequence: 3 }]);
    expect(fates[2]).toBe('5 TIME_REPAIRED');
  });

  test('an impossible time of day is carried on by cadence and counter', () => {
    expect(judged([...start, { time: '2026-05-01T99:00:00Z', sequence: 3 }]).fates[2]).toBe('4 TIME_REPAIRED');
    expect(judged([...start, { time: '2026-05-01T99:00:00Z', sequence: 5 }]).fates[2]).toBe(
      '8 TIME_REPAIRED GAP_BEFORE',
    );
  });

  test('a clock far ahead of the log is repaired like an impossible date', () => {
    const { fates } = judged([...start, { time: '2045-12-15T08:00:04Z', sequence: 3 }]);
    expect(fates[2]).toBe('4 TIME_REPAIRED');
  });

  test('a receiver that counts weeks wrong and reports 1999 is repaired', () => {
    expect(judged([...start, { time: '1999-08-22T08:00:04Z', sequence: 3 }]).fates[2]).toBe('4 TIME_REPAIRED');
  });

  test('midnight between the neighbour and the reading moves the date on', () => {
    const evening = { time: '2026-04-30T23:59:59Z', sequence: 1 };
    const { fates } = judged([evening, { time: '2003-00-29T00:00:01Z', sequence: 2 }]);
    expect(fates[1]).toBe(`${-8 * 3600 + 1} TIME_REPAIRED`);
  });

  test('the very first reading is repaired from the next one of its record', () => {
    expect(judged([{ time: '2003-00-29T08:00:00Z', nextMs: may1st + 1000 }]).fates).toEqual(['0 TIME_REPAIRED']);
  });

  test('without a neighbour near enough the reading is rejected', () => {
    expect(judged([{ time: '2003-00-29T08:00:00Z' }]).fates).toEqual(['time-impossible']);
    expect(judged([...start, { time: '2003-00-29T18:00:00Z', sequence: 90_000 }]).fates[2]).toBe('time-impossible');
  });

  test('text that is no time, or local time without a zone, is rejected with the reason', () => {
    expect(judged([{ time: 'noon' }, { time: '2026-05-01T08:00:00' }]).fates).toEqual([
      'time-unreadable',
      'time-zone-unknown',
    ]);
    expect(judged([{ time: '2026-05-01T10:00:00', timeZone: 'Europe/Oslo' }]).fates).toEqual(['0']);
  });

  test('the detail quotes no more than 60 characters of what the device sent', () => {
    const placement = placeInTime(emptyTimeline, { ...base, time: 'x'.repeat(5000) });
    expect(placement).toMatchObject({ fate: 'rejected' });
    expect(JSON.stringify(placement).length).toBeLessThan(250);
  });
});
