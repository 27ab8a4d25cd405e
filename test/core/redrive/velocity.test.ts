import { describe, expect, test } from '@jest/globals';
import { type Credit, nextTurn } from '../../../src/core/redrive/velocity.ts';

/** Sends as the turns say for so long; a wait takes 5 ms longer than asked for. */
function sentWithin(perSecond: number, ms: number) {
  let credit: Credit = { letters: 0, atMs: 1000 };
  let [nowMs, sent] = [1000, 0];
  const turns: number[] = [];
  while (nowMs < 1000 + ms) {
    const turn = nextTurn(credit, perSecond, nowMs);
    credit = turn.credit;
    sent += turn.letters;
    turns.push(turn.letters);
    nowMs += turn.waitMs === 0 ? 0 : turn.waitMs + 5;
  }
  return { sent, largest: Math.max(...turns) };
}

describe('the velocity limit', () => {
  test.each([0.5, 1, 7, 100, 2_000])('at %d a second, ten seconds send that much and no more', (perSecond) => {
    const { sent, largest } = sentWithin(perSecond, 10_000);
    expect(sent).toBeGreaterThanOrEqual(Math.floor(perSecond * 9.8) - 1);
    expect(sent).toBeLessThanOrEqual(perSecond * 10);
    expect(largest).toBeLessThanOrEqual(Math.max(2, perSecond / 5));
  });

  test('a long interruption earns two turns, not everything at once', () => {
    const first = nextTurn({ letters: 0, atMs: 0 }, 100, 60_000);
    expect(first.letters).toBe(20);
    expect(nextTurn(first.credit, 100, 60_000)).toMatchObject({ letters: 0, waitMs: 100 });
  });

  test('a clock that goes backwards earns nothing', () => {
    expect(nextTurn({ letters: 0, atMs: 1000 }, 100, 500).letters).toBe(0);
  });
});
