import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type Counter,
  countOf,
  moveLimit,
  newCounter,
  withMove,
  withSnapshot,
} from '../../../src/core/mobility/counter.ts';

type Told = { readonly ms: number; readonly snapshot: number } | { readonly ms: number; readonly by: 1 | -1 };

function folded(events: readonly Told[]): Counter {
  return events.reduce<Counter>((counter, event) => {
    const next =
      'snapshot' in event ? withSnapshot(counter, event.ms, event.snapshot) : withMove(counter, event.ms, event.by);
    return next ?? counter;
  }, newCounter);
}

/** What the newest snapshot and the moves after it add up to. */
function expected(events: readonly Told[]): number | null {
  const snapshots = events.flatMap((event) => ('snapshot' in event ? [event] : []));
  const newest = snapshots.toSorted((left, right) => right.ms - left.ms)[0];
  if (newest === undefined) return null;
  const after = events.flatMap((event) => ('by' in event && event.ms > newest.ms ? [event.by] : []));
  return after.reduce<number>((sum, by) => sum + by, newest.snapshot);
}

describe('a count told by snapshots and moves', () => {
  const told: fc.Arbitrary<Told> = fc.oneof(
    { weight: 1, arbitrary: fc.record({ ms: fc.nat(1000), snapshot: fc.nat(30) }) },
    { weight: 3, arbitrary: fc.record({ ms: fc.nat(1000), by: fc.constantFrom(1 as const, -1 as const) }) },
  );
  const distinctSnapshots = (events: readonly Told[]): boolean => {
    const times = events.flatMap((event) => ('snapshot' in event ? [event.ms] : []));
    return new Set(times).size === times.length;
  };

  test('is the newest snapshot and the moves after it, in whatever order they arrive', () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 40 }).filter(distinctSnapshots), (events) => {
        expect(countOf(folded(events))).toBe(expected(events));
      }),
      { numRuns: 300 },
    );
  });

  test('forgets no move that it can no longer place, and refuses a snapshot from before it', () => {
    const many = Array.from({ length: moveLimit + 50 }, (_, index): Told => ({ ms: 10 + index, by: 1 }));
    const counter = folded([{ ms: 0, snapshot: 5 }, ...many]);
    expect(countOf(counter)).toBe(5 + many.length);
    expect(counter.moves).toHaveLength(moveLimit);
    expect(withSnapshot(counter, 20, 9)).toBeNull();
    expect(countOf(withMove(counter, 15, -1) ?? newCounter)).toBe(4 + many.length);
    expect(countOf(withSnapshot(counter, 10 + 59, 9) ?? newCounter)).toBe(9 + many.length - 60);
  });
});
