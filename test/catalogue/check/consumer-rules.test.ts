import { describe, expect, test } from '@jest/globals';
import { checkCatalogue } from '../../../src/catalogue/check.ts';
import type { Consumer } from '../../../src/catalogue/model.ts';
import { context, makeCatalogue, makeConsumer, makeTopic } from './make-catalogue.ts';

const topics = [makeTopic(), makeTopic({ name: 'test.other.v1' })];

const paths = (...consumers: readonly Consumer[]) =>
  checkCatalogue(makeCatalogue({ topics, consumers }), context).map(({ path }) => path);

const findings = (changes: Partial<Consumer>) =>
  checkCatalogue(makeCatalogue({ topics, consumers: [makeConsumer(changes)] }), context).map(
    ({ path, message }) => `${path.replace('consumers[thing-counter].', '')}: ${message}`,
  );

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
    ['retryAttempts', [-2, 10_001], [-1, 0, 10_000]],
    ['maxRecordAgeMs', [59_000, 604_801_000, 60_500], [60_000, 604_800_000]],
    ['concurrency', [0], [1]],
    ['memoryMb', [127, 10_241], [128, 10_240]],
    ['timeoutMs', [999, 840_001, Number.NaN], [1_000, 840_000]],
  ] as const)('%s is held to its range', (setting, refused, taken) => {
    for (const value of refused) {
      expect(paths(makeConsumer({ [setting]: value }))).toEqual([`consumers[thing-counter].${setting}`]);
    }
    for (const value of taken) expect(paths(makeConsumer({ [setting]: value }))).toEqual([]);
  });
});

describe('the mapping', () => {
  test.each(['queue', 'object-store', 'topic:test.other.v1'] as const)('may leave failures at %s', (onFailure) => {
    expect(findings({ onFailure, retryAttempts: 20, timeoutMs: 60_000 })).toEqual([]);
  });

  test('has no endless retries together with a destination, because Lambda ends them after ten', () => {
    expect(findings({ onFailure: 'queue', retryAttempts: -1 })).toEqual([expect.stringMatching(/^retryAttempts: /)]);
  });

  test.each([
    [{ onFailure: 'queue', retryAttempts: 15, timeoutMs: 60_000 }, /^retryAttempts: an outage of 14 minutes uses up/],
    [{ onFailure: 'topic:test.ghost.v1', retryAttempts: 1_000 }, /^onFailure: "topic:test.ghost.v1" is no destination/],
    [{ onFailure: 'topic:test.thing.v1', retryAttempts: 1_000 }, /^onFailure: the consumer reads "test.thing.v1"/],
    [
      { onFailure: 'queue', deadLetter: false, retryAttempts: 1_000 },
      /^onFailure: the consumer has no dead-letter queue/,
    ],
    [{ startingPosition: { timestamp: '2026-05-04 10:00' } }, /^startingPosition: "2026-05-04 10:00" is no time/],
    [{ startingPosition: { timestamp: '2026-13-04T10:00:00Z' } }, /^startingPosition: /],
    [{ filters: Array.from({ length: 6 }, () => ({ value: ['a'] })) }, /^filters: 6 filters, a mapping takes 5/],
    [{ filters: [{ value: ['x'.repeat(4_096)] }] }, /^filters\[0\]: the pattern has more than 4096 characters/],
    [{ filters: [{ key: ['a'] }] }, /^filters\[0\]: it names key, but a Kafka mapping filters by value alone/],
    [{ filters: [{}] }, /^filters\[0\]: it names nothing/],
    [{ filters: [{ value: { kind: [] } }] }, /^filters\[0\].value.kind: an empty list of alternatives/],
    [{ filters: [{ value: { kind: [{ like: 'x' }] } }] }, /^filters\[0\].value.kind: {"like":"x"} is no alternative/],
    [{ filters: [{ value: { $or: [{ a: [{ numeric: ['>'] }] }] } }] }, /^filters\[0\].value.\$or\[0\].a: {"numeric"/],
  ] as const)('%j is reported', (changes, message) => {
    expect(findings(changes)).toEqual([expect.stringMatching(message)]);
  });

  test('filters by values, operators and alternatives over several fields', () => {
    const value = {
      kind: ['van', null, 7, { prefix: 'v' }, { suffix: 'n' }, { 'equals-ignore-case': 'VAN' }],
      place: { city: [{ 'anything-but': ['Oslo'] }], zip: [{ exists: false }] },
      $or: [{ speed: [{ numeric: ['>', 0, '<=', 5] }] }, { parked: [true] }],
    };
    expect(findings({ filters: [{ value }, { value: [{ prefix: 'plain' }] }] })).toEqual([]);
  });

  test('begins at the earliest, the latest or a time', () => {
    const starts = ['earliest', 'latest', { timestamp: '2026-05-04T10:00:00Z' }] as const;
    for (const startingPosition of starts) expect(findings({ startingPosition })).toEqual([]);
  });
});

describe('sinks', () => {
  test.each(['topic:test.ghost.v1', 'topic:test.thing.v1', 'table:Thing', 'objects:', 'objects:x', 'lakes', 'topic:'])(
    '%s is reported: unknown, or the consumer’s own source',
    (sink) => {
      expect(paths(makeConsumer({ sinks: ['lake', sink] }))).toEqual(['consumers[thing-counter].sinks']);
    },
  );

  test.each(['topic:test.other.v1', 'table:thing_2', 'objects:things/', 'lake'])('%s is fine', (sink) => {
    expect(paths(makeConsumer({ sinks: [sink] }))).toEqual([]);
  });
});

describe('the types that a consumer acts on', () => {
  const two = makeTopic({ eventTypes: ['thing.made', 'thing.counted'] });
  const problemsOf = (actsOn: readonly string[]) => {
    const consumers = [makeConsumer({ sinks: ['topic:test.thing.v1'], actsOn })];
    return checkCatalogue(makeCatalogue({ topics: [two], consumers }), context).map(({ path }) => path);
  };

  test('let it write others to its own topic', () => {
    expect(problemsOf(['thing.made'])).toEqual([]);
  });

  test.each([
    ['none', []],
    ['every type of its topics', ['thing.made', 'thing.counted']],
    ['one that its topics do not have', ['thing.lost']],
  ])('are reported when they are %s', (_what, actsOn) => {
    expect(problemsOf(actsOn)).toEqual(['consumers[thing-counter].actsOn']);
  });
});

test('a description that IAM would not take is reported with the sign that is in its way', () => {
  expect(findings({ description: 'Keeps the shop’s stock.' })).toEqual([
    'description: the description holds "’", which IAM takes in no description of a role',
  ]);
  expect(findings({ description: 'x'.repeat(257) })).toEqual([
    'description: the description has 257 characters, 1 to 256 are allowed',
  ]);
});
