import { describe, expect, test } from '@jest/globals';
import { progressLine } from '../../../src/cli/terminal/progress.ts';
import { table } from '../../../src/cli/terminal/table.ts';

describe('a table', () => {
  test('right-aligns numbers, left-aligns text and fits each column', () => {
    const text = table(
      ['topic', 'records'],
      [
        ['alerts', 1234567],
        ['vehicle.state.v1', 5],
      ],
    );
    expect(text.split('\n')).toEqual([
      'topic               records',
      'alerts            1,234,567',
      'vehicle.state.v1          5',
    ]);
  });

  test('without rows shows its header', () => {
    expect(table(['topic', 'records'], [])).toBe('topic  records');
  });
});

describe('a progress line', () => {
  test('says share, count, rate and the time left', () => {
    const line = progressLine({ label: 'twizy', total: 1000, done: 250, elapsedMs: 5000 });
    expect(line).toBe('twizy  ██████░░░░░░░░░░░░░░░░░░ 25 %  250 of 1,000  50/s  15 s left');
  });

  test('of unknown length says count and rate', () => {
    expect(progressLine({ label: 'audit', done: 10, elapsedMs: 1000 })).toBe('audit  10  10/s');
  });
});
