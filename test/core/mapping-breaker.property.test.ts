import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { breakerLimits, breakerStep, type Outage, withSign, withTrial } from '../../src/core/mapping-breaker.ts';

const second = 1_000;
const minute = 60 * second;
const horizonMs = 6 * 60 * minute;

/** Months of trouble in one afternoon: what random histories are made of. */
interface History {
  /** Times by turns with and without the dependency, the first with it, ms. */
  readonly spells: readonly number[];
  /** Chosen one after the other wherever something may last longer or shorter, 0 to 1. */
  readonly chances: readonly number[];
  readonly partitions: number;
  readonly retryAttempts: number;
}

/**
 * A mapping as decision 10 describes it, second by second: each failing invocation is held until shortly before its
 * limit and costs its batch a retry; switching takes a while, in which it goes on; switched on, it counts anew.
 */
function play({ spells, chances, partitions, retryAttempts }: History, withBreaker: boolean) {
  const limits = breakerLimits({ retryAttempts, timeoutMs: minute });
  let drawn = 0;
  const draw = (from: number, to: number) => from + (chances[drawn++ % chances.length] ?? 0) * (to - from);
  const ends = spells.reduce<readonly number[]>((all, one) => [...all, (all.at(-1) ?? 0) + one], []);
  const isAway = (ms: number) => ends.findIndex((end) => ms < end) % 2 === 1;
  const batches = Array.from({ length: partitions }, () => ({ endMs: 0, startMs: -1, failures: 0 }));
  let signs: { readonly atMs: number; readonly seenMs: number }[] = [];
  let memory: Outage | null = null;
  let state = 'Enabled';
  let settledMs = 0;
  let deafUntilMs = 0;
  let [most, offs, doneMs, deaths] = [0, 0, 0, 0];

  const run = (heard: readonly number[], nowMs: number) => {
    const outage = heard.reduce<Outage | null>((known, atMs) => withSign(known, atMs), memory);
    const step = breakerStep({ state, outage }, limits, nowMs);
    // It may die before it remembers, or before it switches: twice in a row.
    const fate = deaths < 2 ? draw(0, 1) : 1;
    deaths = fate < 0.2 ? deaths + 1 : 0;
    if (fate < 0.2) {
      // Lambda calls again with an event whose call failed.
      const again = heard.map((atMs) => ({ atMs, seenMs: nowMs + minute }));
      signs = [...signs, ...again];
    }
    if (fate < 0.1) return;
    memory = step === 'forget' || outage === null ? null : step === 'switch-on' ? withTrial(outage, nowMs) : outage;
    if ((step !== 'switch-off' && step !== 'switch-on') || fate < 0.2) return;
    state = step === 'switch-on' ? 'Enabling' : 'Disabling';
    settledMs = nowMs + draw(second, 2 * minute);
    offs += step === 'switch-off' ? 1 : 0;
  };

  for (let nowMs = 0; nowMs < horizonMs; nowMs += second) {
    if (nowMs >= settledMs && state === 'Enabling') {
      state = 'Enabled';
      for (const batch of batches) batch.failures = 0;
    }
    if (nowMs >= settledMs && state === 'Disabling') state = 'Disabled';
    for (const batch of batches) {
      if (batch.startMs >= 0) {
        if (!isAway(nowMs) && nowMs % (5 * second) === 0) {
          [batch.startMs, batch.failures] = [-1, 0];
          doneMs = nowMs;
        } else if (nowMs >= batch.endMs) {
          batch.startMs = -1;
          batch.failures += 1;
          most = Math.max(most, batch.failures - 1);
          signs.push({ atMs: nowMs, seenMs: nowMs + draw(second, minute) });
        }
      }
      if (
        batch.startMs < 0 &&
        (state === 'Enabled' || state === 'Disabling') &&
        (isAway(nowMs) || nowMs % minute === 0)
      ) {
        batch.startMs = nowMs;
        batch.endMs = nowMs + draw(54 * second, 59 * second);
      }
    }
    if (!withBreaker) continue;
    // For up to three minutes at a time nothing reaches it; signs of that time are lost.
    if (nowMs % (10 * minute) === 0 && draw(0, 1) < 0.3) deafUntilMs = nowMs + draw(0, 3 * minute);
    const heard = signs.filter(({ seenMs }) => seenMs <= nowMs);
    signs = signs.filter(({ seenMs }) => seenMs > nowMs);
    if (nowMs < deafUntilMs) continue;
    if (heard.length > 0)
      run(
        heard.map(({ atMs }) => atMs),
        nowMs,
      );
    if (nowMs % minute === 0) run([], nowMs);
  }
  return { most, offs, state, memory, doneMs };
}

const histories: fc.Arbitrary<History> = fc.record({
  // All of it over after four and a half hours, which leaves time to come back.
  spells: fc
    .array(fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 60, max: 7_200 })), {
      minLength: 2,
      maxLength: 20,
    })
    .map((seconds) => {
      let left = 4.5 * 60 * minute;
      const spells = seconds.map((one) => {
        const spell = Math.min(left, one * second);
        left -= spell;
        return spell;
      });
      return [...spells.slice(0, spells.length - (spells.length % 2)), horizonMs];
    }),
  chances: fc.array(
    fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
    { minLength: 50, maxLength: 200 },
  ),
  partitions: fc.integer({ min: 1, max: 4 }),
  retryAttempts: fc.constantFrom(18, 20, 40),
});

test('random outages never use up the retries of a mapping, and leave it switched on with its records applied', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const { most, state, memory, doneMs } = play(history, true);
      expect(most).toBeLessThanOrEqual(history.retryAttempts);
      expect(state).toBe('Enabled');
      expect(memory).toBeNull();
      expect(doneMs).toBeGreaterThan(horizonMs - 2 * minute);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

const steady = { chances: [0.5], partitions: 2, retryAttempts: 20 };

test('an outage of four hours passes with the breaker, and would not without', () => {
  const spells = [10 * minute, 4 * 60 * minute, horizonMs];
  const held = play({ ...steady, spells }, true);
  expect(held.most).toBeLessThan(12);
  expect(held.offs).toBeGreaterThan(10);
  expect(play({ ...steady, spells }, false).most).toBeGreaterThan(20);
});

test('outages of four minutes pass without a mapping being switched off', () => {
  expect(play({ ...steady, spells: [30 * minute, 4 * minute, 30 * minute, 4 * minute, horizonMs] }, true).offs).toBe(0);
});
