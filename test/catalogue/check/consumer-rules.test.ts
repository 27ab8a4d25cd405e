import { describe, expect, test } from '@jest/globals';
import { checkCatalogue } from '../../../src/catalogue/check.ts';
import type { Consumer } from '../../../src/catalogue/model.ts';
import { context, makeCatalogue, makeConsumer, makeTopic } from './make-catalogue.ts';

const topics = [makeTopic(), makeTopic({ name: 'test.other.v1' })];

const paths = (...consumers: readonly Consumer[]) =>
  checkCatalogue(makeCatalogue({ topics, consumers }), context).map(({ path }) => path);

test('a sound consumer has no problem', () => {
  expect(paths(makeConsumer())).toEqual([]);
});

test('two consumers of one name are reported', () => {
  expect(paths(makeConsumer(), makeConsumer())).toEqual(['consumers[thing-counter].name']);
});

test('a consumer of an unknown topic, of no topic, or of one topic twice is reported', () => {
  expect(paths(makeConsumer({ topics: ['test.thing.v1', 'test.ghost.v1'] }))).toEqual([
    'consumers[thing-counter].topics',
  ]);
  expect(paths(makeConsumer({ topics: [] }))).toEqual(['consumers[thing-counter].topics']);
  expect(paths(makeConsumer({ topics: ['test.thing.v1', 'test.thing.v1'] }))).toEqual([
    'consumers[thing-counter].topics',
  ]);
});

describe('settings', () => {
  test.each([
    ['batchSize', [0, 10_001, 1.5], [1, 10_000]],
    ['batchWindowMs', [-1, 300_001], [0, 300_000]],
    ['retryAttempts', [-1, 10_001], [0, 10_000]],
    ['concurrency', [0], [1]],
    ['memoryMb', [127, 10_241], [128, 10_240]],
    ['timeoutMs', [999, 900_001, Number.NaN], [1_000, 900_000]],
  ] as const)('%s is held to its range', (setting, refused, taken) => {
    for (const value of refused) {
      expect(paths(makeConsumer({ [setting]: value }))).toEqual([`consumers[thing-counter].${setting}`]);
    }
    for (const value of taken) expect(paths(makeConsumer({ [setting]: value }))).toEqual([]);
  });
});

describe('sinks', () => {
  test.each(['topic:test.ghost.v1', 'topic:test.thing.v1', 'table:Thing', 'bucket:x', 'lakes', 'topic:'])(
    '%s is reported: unknown, or the consumer’s own source',
    (sink) => {
      expect(paths(makeConsumer({ sinks: ['lake', sink] }))).toEqual(['consumers[thing-counter].sinks']);
    },
  );

  test.each(['topic:test.other.v1', 'table:thing_2', 'lake'])('%s is fine', (sink) => {
    expect(paths(makeConsumer({ sinks: [sink] }))).toEqual([]);
  });
});
