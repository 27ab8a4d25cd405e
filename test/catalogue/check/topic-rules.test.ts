import { describe, expect, test } from '@jest/globals';
import type { CheckContext } from '../../../src/catalogue/check/context.ts';
import { checkCatalogue } from '../../../src/catalogue/check.ts';
import type { Topic } from '../../../src/catalogue/model.ts';
import { context, makeCatalogue, makeTopic } from './make-catalogue.ts';

function findings(changes: Partial<Topic>, more: Partial<CheckContext> = {}) {
  const catalogue = makeCatalogue({ topics: [makeTopic(changes)], routes: [], consumers: [] });
  return checkCatalogue(catalogue, { ...context, ...more });
}

const paths = (changes: Partial<Topic>, more: Partial<CheckContext> = {}) =>
  findings(changes, more).map(({ path }) => path);

test('a sound topic has no problem', () => {
  expect(findings({})).toEqual([]);
});

test('a topic declared twice is reported once', () => {
  const catalogue = makeCatalogue({ topics: [makeTopic(), makeTopic(), makeTopic({ name: 'test.other.v1' })] });
  expect(checkCatalogue(catalogue, context).map(({ path }) => path)).toEqual(['topics[test.thing.v1].name']);
});

describe('the name', () => {
  test.each([
    'Vehicle.state.v1',
    'vehicle.state',
    'vehicle.state.v0',
    'vehicle.state.v1.1',
    'vehicle_state.v1',
    'vehicle..v1',
    'vehicle-.state.v1',
    'state.v1',
    'orders',
    `${'a'.repeat(240)}.thing.v12`,
  ])('%s is off the convention', (name) => {
    expect(paths({ name })).toEqual([`topics[${name}].name`]);
  });

  test.each([
    'vehicle.state.v1',
    'test.events.v12',
    'street-light.bulb-2.v3',
    'order-events',
    'veh.events.raw',
    'alerts',
  ])('%s is fine', (name) => {
    expect(paths({ name })).toEqual([]);
  });
});

test('a subject without a published schema is reported with the file that is missing', () => {
  expect(findings({ subject: 'Ghost' })).toEqual([
    {
      path: 'topics[test.thing.v1].subject',
      message: 'no schema is published for the subject "Ghost"',
      fix: 'Add schemas/Ghost/v1.avsc and run "npm run generate", or name a published subject.',
    },
  ]);
});

describe('the key', () => {
  test('that is no field of the schema is reported with the fields there are', () => {
    expect(findings({ key: 'ghostId' })).toEqual([
      {
        path: 'topics[test.thing.v1].key',
        message: 'Thing has no field "ghostId"',
        fix: 'Name one of its fields: thingId, otherId, size.',
      },
    ]);
  });

  test('must be text', () => {
    expect(paths({ key: 'size' })).toEqual(['topics[test.thing.v1].key']);
  });

  test('must not be optional, unless a fallback is named', () => {
    expect(paths({ key: 'otherId' })).toEqual(['topics[test.thing.v1].key']);
    expect(paths({ key: 'otherId', keyFallback: 'thingId' })).toEqual([]);
  });

  test('has a fallback that is a text field too', () => {
    expect(paths({ key: 'otherId', keyFallback: 'ghostId' })).toEqual(['topics[test.thing.v1].keyFallback']);
    expect(paths({ key: 'otherId', keyFallback: 'size' })).toEqual(['topics[test.thing.v1].keyFallback']);
  });
});

describe('retention beyond what the cluster keeps', () => {
  test('is reported for a topic that the lake does not archive', () => {
    expect(paths({ retentionMs: 1_001 })).toEqual(['topics[test.thing.v1].retentionMs']);
  });

  test('is fine where the lake keeps the rest, and at the limit', () => {
    expect(paths({ retentionMs: 1_001, archive: true })).toEqual([]);
    expect(paths({ retentionMs: 1_000 })).toEqual([]);
  });
});

describe('replication of a personal topic', () => {
  const abroad = { residency: { home: 'eu', replica: 'us' } };

  test('to another legal area is reported', () => {
    expect(paths({ classification: 'personal' }, abroad)).toEqual(['topics[test.thing.v1].replication']);
  });

  test('is fine within the area, when switched off, and for data that are not personal', () => {
    expect(paths({ classification: 'personal' }, { residency: { home: 'eu', replica: 'eu' } })).toEqual([]);
    expect(paths({ classification: 'personal', replication: 'none' }, abroad)).toEqual([]);
    expect(paths({ classification: 'confidential' }, abroad)).toEqual([]);
    expect(paths({ classification: 'personal' })).toEqual([]);
  });
});

describe('partitions', () => {
  test('fewer than the cluster has are reported', () => {
    expect(findings({ partitions: 3 }, { previous: { 'test.thing.v1': 4 } })).toEqual([
      {
        path: 'topics[test.thing.v1].partitions',
        message: 'the topic has 4 partitions and Kafka cannot take it back to 3',
        fix: 'Declare at least 4, or move to a new topic version.',
      },
    ]);
  });

  test('as many or more than the cluster has are fine', () => {
    expect(paths({ partitions: 4 }, { previous: { 'test.thing.v1': 4 } })).toEqual([]);
    expect(paths({ partitions: 5 }, { previous: { 'test.thing.v1': 4, 'test.other.v1': 9 } })).toEqual([]);
  });

  test.each([0, 1.5, 1_001])('%d is out of range', (partitions) => {
    expect(paths({ partitions })).toEqual(['topics[test.thing.v1].partitions']);
  });
});

test('a retention must be a whole positive number of milliseconds', () => {
  expect(paths({ retentionMs: 0 })).toEqual(['topics[test.thing.v1].retentionMs']);
  expect(paths({ retentionMs: 0.5 })).toEqual(['topics[test.thing.v1].retentionMs']);
});

test('event types must be declared, each once', () => {
  expect(paths({ eventTypes: [] })).toEqual(['topics[test.thing.v1].eventTypes']);
  expect(paths({ eventTypes: ['a', 'b', 'a'] })).toEqual(['topics[test.thing.v1].eventTypes']);
  expect(paths({ eventTypes: ['a', 'b'] })).toEqual([]);
});
