import { describe, expect, test } from '@jest/globals';
import { type Hold, judge, type RuleMemory, type Signal } from '../../../src/core/alerting/incident.ts';

const hold: Hold = { raiseReadings: 3, raiseMs: 2000, clearReadings: 2, clearMs: 0 };
const words = { b: 'bad', g: 'good', '~': 'between', '?': 'unknown' } as const;

/** Signals as letters, one a second; a `|` is a gap before the next. Answers what changed, by second. */
function told(letters: string, rule: Hold = hold): string[] {
  let memory: RuleMemory | undefined;
  let second = -1;
  let afterGap = false;
  const changes: string[] = [];
  for (const letter of letters) {
    if (letter === '|') {
      afterGap = true;
      continue;
    }
    second += 1;
    const signal: Signal['is'] = words[letter as keyof typeof words];
    const at = second;
    const result = judge(memory, rule, { signal, ms: at * 1000, afterGap, newIncidentId: () => `incident-${at}` });
    memory = result.memory;
    afterGap = false;
    if (result.change !== null) changes.push(`${second} ${result.change.state} ${result.change.incidentId}`);
  }
  return changes;
}

describe('an incident', () => {
  test.each([
    ['begins when the signal has held long enough', 'gbbb', ['3 RAISED incident-3']],
    ['does not begin by fewer readings', 'bbgbb', []],
    ['is not repeated while it lasts', 'bbbbbbbb', ['2 RAISED incident-2']],
    ['ends with the id it began with', 'bbbgg', ['2 RAISED incident-2', '4 CLEARED incident-2']],
    ['is not ended by one good reading', 'bbbgbgbg', ['2 RAISED incident-2']],
    ['outlasts the dead band', 'bbb~~g~g~', ['2 RAISED incident-2']],
    ['is not begun by the dead band', 'bb~bb~', []],
    ['neither begins nor ends by what is unknown', 'b?b?b??g?g', ['4 RAISED incident-4', '9 CLEARED incident-4']],
    ['does not begin across a gap', 'bb|bb|bb', []],
    ['does not end across a gap', 'bbbg|g', ['2 RAISED incident-2']],
    ['can follow another', 'bbbggbbb', ['2 RAISED incident-2', '4 CLEARED incident-2', '7 RAISED incident-7']],
  ])('%s', (_story, letters, changes) => {
    expect(told(letters)).toEqual(changes);
  });

  test('needs both the readings and the time', () => {
    const slow: Hold = { ...hold, raiseMs: 5000 };
    expect(told('bbbbb', slow)).toEqual([]);
    expect(told('bbbbbb', slow)).toEqual(['5 RAISED incident-5']);
  });

  test('nothing is remembered while nothing is wrong', () => {
    const calm = { ms: 0, afterGap: false, newIncidentId: () => 'x' };
    expect(judge(undefined, hold, { ...calm, signal: 'good' }).memory).toBeUndefined();
    const streak = judge(undefined, hold, { ...calm, signal: 'bad' }).memory;
    expect(judge(streak, hold, { ...calm, signal: 'good' }).memory).toBeUndefined();
  });
});
