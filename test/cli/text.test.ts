import { describe, expect, test } from '@jest/globals';
import { dayMs, hourMs, yearMs } from '../../src/catalogue/duration.ts';
import { durationText } from '../../src/cli/duration-text.ts';
import { whatOf } from '../../src/cli/error-what.ts';
import { wrapped } from '../../src/cli/terminal/wrapped.ts';
import { AppError } from '../../src/core/errors/app-error.ts';

test.each([
  [7 * yearMs, '7 years'],
  [30 * dayMs, '30 d'],
  [26 * hourMs, '26 h'],
  [90_000, '90 s'],
  [1500, '1,500 ms'],
  [0, '0 ms'],
  [-1, 'for ever'],
])('%d ms read as "%s"', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

describe('wrapping', () => {
  test('breaks at spaces and leaves long words whole', () => {
    expect(wrapped('one two three incomprehensible four', 9)).toEqual(['one two', 'three', 'incomprehensible', 'four']);
  });

  test('without a limit keeps one line', () => {
    expect(wrapped('one two', undefined)).toEqual(['one two']);
  });
});

test('what an error says is told apart from its summary and remedy', () => {
  expect(whatOf(new AppError('EVENTBUS_CLI_USAGE', 'x is "a: b". No'))).toBe('x is "a: b". No');
});
