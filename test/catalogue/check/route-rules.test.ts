import { describe, expect, test } from '@jest/globals';
import { checkCatalogue } from '../../../src/catalogue/check.ts';
import type { Route } from '../../../src/catalogue/model.ts';
import { context, makeCatalogue, makeRoute } from './make-catalogue.ts';

const paths = (...routes: readonly Route[]) =>
  checkCatalogue(makeCatalogue({ routes }), context).map(({ path }) => path);

test('a sound route has no problem', () => {
  expect(paths(makeRoute())).toEqual([]);
});

test('two routes of one name are reported', () => {
  expect(paths(makeRoute(), makeRoute({ filter: 'other/+/made' }))).toEqual(['routes[things].name']);
});

test('an unknown topic is reported', () => {
  expect(paths(makeRoute({ topic: 'test.ghost.v1' }))).toEqual(['routes[things].topic']);
});

test('an event type that the topic does not list is reported', () => {
  expect(paths(makeRoute({ eventType: 'thing.lost' }))).toEqual(['routes[things].eventType']);
});

describe('the filter of an MQTT route', () => {
  test.each(['things/made', 'things/+/+', 'things/#', 'things/+/#', 'things/a+/made', '', '+//made', 'a b/+'])(
    '"%s" does not say in one place where the device id is',
    (filter) => {
      expect(paths(makeRoute({ filter }))).toEqual(['routes[things].filter']);
    },
  );

  test.each(['+/made', 'things/+', 'a/b/+/c'])('"%s" is fine', (filter) => {
    expect(paths(makeRoute({ filter }))).toEqual([]);
  });
});

describe('overlap', () => {
  test('of two MQTT filters is reported at the later one, naming both', () => {
    const later = makeRoute({ name: 'later', filter: '+/7/made' });
    expect(checkCatalogue(makeCatalogue({ routes: [makeRoute(), later] }), context)).toEqual([
      {
        path: 'routes[later].filter',
        message: '"+/7/made" and "things/+/made" of the route "things" match the same messages',
        fix: 'Change one filter, so that every message has one route.',
      },
    ]);
  });

  test('is not seen between filters that no message matches both', () => {
    expect(paths(makeRoute(), makeRoute({ name: 'later', filter: 'things/+/lost' }))).toEqual([]);
    expect(paths(makeRoute(), makeRoute({ name: 'later', filter: 'things/+' }))).toEqual([]);
  });

  test('is not seen between protocols, but between equal kinds over gRPC', () => {
    const grpc = { protocol: 'grpc', deviceId: 'request', filter: 'thing' } as const;
    expect(paths(makeRoute(), makeRoute({ ...grpc, name: 'b' }))).toEqual([]);
    expect(paths(makeRoute({ ...grpc, name: 'a' }), makeRoute({ ...grpc, name: 'b' }))).toEqual(['routes[b].filter']);
  });
});

test('the device id must come from a place that the protocol has', () => {
  expect(paths(makeRoute({ deviceId: 'request' }))).toEqual(['routes[things].deviceId']);
  expect(paths(makeRoute({ deviceId: 'client-certificate' }))).toEqual([]);
  expect(paths(makeRoute({ protocol: 'grpc', filter: 'thing' }))).toEqual(['routes[things].deviceId']);
});
