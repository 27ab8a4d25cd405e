import { describe, expect, test } from '@jest/globals';
import { closeMatches, didYouMean } from '../../src/core/close-matches.ts';

const topics = ['alerts', 'vehicle.alerts.v1', 'order-events', 'payment-events', 'telemetry.raw.v1'];

describe('close matches', () => {
  test.each([
    ['alert', ['alerts', 'vehicle.alerts.v1']],
    ['aletrs', ['alerts']],
    ['ALERTS', ['alerts', 'vehicle.alerts.v1']],
    ['orders', ['order-events']],
    ['telemetry.raw', ['telemetry.raw.v1']],
    ['nothing-like-it', []],
    ['', []],
  ])('of "%s" are %j', (word, expected) => {
    expect(closeMatches(word, topics)).toEqual(expected);
  });

  test('are at most three, the closest first', () => {
    expect(closeMatches('abcd', ['abcdefg', 'abce', 'abcx', 'abcd1', 'abcd'])).toEqual(['abcd', 'abce', 'abcx']);
  });

  test('make a question, or nothing', () => {
    expect(didYouMean('alert', topics)).toBe(' (did you mean "alerts" or "vehicle.alerts.v1"?)');
    expect(didYouMean('zzz', topics)).toBe('');
  });
});
