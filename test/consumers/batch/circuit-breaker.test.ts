import { describe, expect, test } from '@jest/globals';
import { CircuitBreaker } from '../../../src/consumers/batch/circuit-breaker.ts';
import type { Failure } from '../../../src/consumers/batch/failure.ts';

const failure: Failure = { kind: 'dependency', code: 'X', message: 'away', stack: null, offset: null };

function makeBreaker() {
  const state = { nowMs: 0 };
  const backoff = { baseMs: 200, capMs: 1_000 };
  const breaker = new CircuitBreaker({ backoff, clock: () => state.nowMs, random: () => 0.5 });
  const fail = (times: number) => {
    for (let count = 0; count < times; count += 1) breaker.failed(failure);
  };
  return { breaker, state, fail };
}

describe('the circuit breaker', () => {
  test('lets everybody try while failures do not follow each other', () => {
    const { breaker, fail } = makeBreaker();
    fail(2);
    expect(breaker.ask()).toBe(0);
    breaker.succeeded();
    fail(2);
    expect([breaker.ask(), breaker.ask()]).toEqual([0, 0]);
  });

  test('opens after three failures in a row, for longer and longer up to its limit', () => {
    const { breaker, fail } = makeBreaker();
    const waits: number[] = [];
    fail(2);
    for (let round = 0; round < 5; round += 1) {
      fail(1);
      waits.push(breaker.ask());
    }
    expect(waits).toEqual([100, 200, 400, 500, 500]);
    expect(breaker.lastFailure).toBe(failure);
  });

  test('lets one try when the wait is over, and all when that one succeeds', () => {
    const { breaker, state, fail } = makeBreaker();
    fail(3);
    state.nowMs = 100;
    expect(breaker.ask()).toBe(0);
    expect(breaker.ask()).toBeGreaterThan(0);
    breaker.succeeded();
    expect([breaker.ask(), breaker.ask(), breaker.lastFailure]).toEqual([0, 0, null]);
  });

  test('stays open when the one that tries fails, and lets another one try later', () => {
    const { breaker, state, fail } = makeBreaker();
    fail(3);
    state.nowMs = 100;
    expect(breaker.ask()).toBe(0);
    fail(1);
    expect(breaker.ask()).toBe(200);
    state.nowMs = 300;
    expect(breaker.ask()).toBe(0);
  });
});
