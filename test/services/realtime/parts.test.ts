import { expect, test } from '@jest/globals';
import { environment } from '../../../src/catalogue/environment.ts';
import { cacheToken } from '../../../src/services/realtime/cache-token.ts';
import type { LiveEvent } from '../../../src/services/realtime/live-event.ts';
import { allowedOrigins, isAllowedRequest } from '../../../src/services/realtime/origins.ts';
import { Owners } from '../../../src/services/realtime/owners.ts';
import { realtimeSettings } from '../../../src/services/realtime/realtime-settings.ts';
import { RecentEvents } from '../../../src/services/realtime/recent-events.ts';
import { Semaphore } from '../../../src/services/realtime/semaphore.ts';

function event(partition: number, offset: number, rooms: readonly string[]): LiveEvent {
  const id = `${partition}/${offset}`;
  return { code: 1, partition, offset, id, type: 't', name: 'n', time: '', rooms, data: {}, bytes: 10 };
}

test('recent events are found by room in their order, and a floor tells what has been forgotten', () => {
  const recent = new RecentEvents({ recentEvents: 3, recentBytes: 1_000 });
  recent.begin(1, [5, 7]);
  for (const each of [event(0, 5, ['a', 'b']), event(1, 7, ['a']), event(0, 6, ['a']), event(0, 9, ['b'])])
    recent.add(each);
  expect(recent.of('a').map(({ id }) => id)).toEqual(['1/7', '0/6']);
  expect(recent.of('b').map(({ id }) => id)).toEqual(['0/9']);
  expect([recent.floor(1, 0), recent.floor(1, 1)]).toEqual([6, 7]);
  expect(recent.floor(2, 0)).toBe(Number.POSITIVE_INFINITY);
});

test('recent events keep to their bytes too', () => {
  const recent = new RecentEvents({ recentEvents: 1_000, recentBytes: 25 });
  recent.begin(1, [0]);
  for (let offset = 0; offset < 5; offset += 1) recent.add(event(0, offset, ['a']));
  expect(recent.of('a').map(({ offset }) => offset)).toEqual([3, 4]);
  expect(recent.floor(1, 0)).toBe(3);
});

test('the first owner of a thing stays its owner, and the store is asked once for what nobody knows', async () => {
  const asked: (readonly string[])[] = [];
  const owners = new Owners({
    owners: async (_, ids) => {
      asked.push(ids);
      return new Map(ids.includes('p2') ? [['p2', 'bob']] : []);
    },
  });
  owners.learn({ kind: 'photo', id: 'p1', owner: 'ada' });
  owners.learn({ kind: 'photo', id: 'p1', owner: 'eve' });
  await owners.resolve(['p1', 'p2', 'p3'].map((id) => ({ kind: 'photo', id })));
  await owners.resolve(['p2', 'p3'].map((id) => ({ kind: 'photo', id })));
  expect(asked).toEqual([['p2', 'p3']]);
  expect(['p1', 'p2', 'p3'].map((id) => owners.known({ kind: 'photo', id }))).toEqual(['ada', 'bob', undefined]);
});

test('origins are allowed exactly, or with every port of their host', () => {
  const check = allowedOrigins(['https://photos.example', 'http://127.0.0.1:*']);
  expect(['https://photos.example', 'http://127.0.0.1:8087', 'http://127.0.0.1'].map(check)).toEqual([
    true,
    true,
    true,
  ]);
  const others = [
    'https://photos.example.evil.test',
    'https://photos.example:444',
    'http://photos.example',
    'http://127.0.0.1:80.evil.test',
    'null',
    '',
  ];
  expect(others.filter(check)).toEqual([]);
  expect(isAllowedRequest({ headers: {} }, check)).toBe(true);
  expect(isAllowedRequest({ headers: { origin: 'https://evil.test' } }, check)).toBe(false);
  for (const origin of ['*', 'photos.example', 'https://*.example', 'https://photos.example/']) {
    expect(() => allowedOrigins([origin])).toThrow(/allowed are forms such as/);
  }
});

test('only so many pass at a time, and a failure gives its place back', async () => {
  const semaphore = new Semaphore(2);
  let inside = 0;
  let most = 0;
  const work = async (fails: boolean) => {
    inside += 1;
    most = Math.max(most, inside);
    await Promise.resolve();
    inside -= 1;
    if (fails) throw new Error('no');
  };
  const settled = await Promise.allSettled(
    [true, false, true, false, false].map((fails) => semaphore.run(() => work(fails))),
  );
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(most).toBe(2);
});

const issuer = { [environment.tokenIssuer]: 'https://id.example/', [environment.tokenAudience]: 'event-bus' };

test('the program is told where to listen, whom to believe and what to share', () => {
  expect(realtimeSettings({ ...issuer, [environment.origins]: 'https://a.example, https://b.example' })).toEqual({
    host: '127.0.0.1',
    port: 8089,
    logLevel: 'info',
    origins: ['https://a.example', 'https://b.example'],
    trust: {
      jwks: new URL('https://id.example/.well-known/jwks.json'),
      issuer: 'https://id.example/',
      audience: 'event-bus',
    },
  });
  const cache = {
    [environment.cache]: 'cache-1.example:6379',
    [environment.cacheName]: 'cache',
    [environment.cacheUser]: 'cache-realtime',
    AWS_REGION: 'eu-north-1',
  };
  expect(realtimeSettings({ ...issuer, ...cache }).shared).toMatchObject({ kind: 'elasticache', name: 'cache' });
  expect(realtimeSettings({ ...issuer, ...cache, [environment.redisUrl]: 'redis://127.0.0.1' }).shared).toEqual({
    kind: 'redis',
    url: 'redis://127.0.0.1',
  });
});

test.each([
  [{}, 'EVENT_BUS_TOKEN_ISSUER is not set'],
  [{ ...issuer, [environment.listenPort]: '99999' }, 'EVENT_BUS_LISTEN_PORT is "99999"'],
  [{ ...issuer, [environment.tokenKeys]: 'http://id.example/keys' }, 'allowed are https:, file: and data:'],
  [{ ...issuer, [environment.cache]: 'cache-1.example:6379' }, 'EVENT_BUS_CACHE_NAME is not set'],
])('settings %j are refused', (env, message) => {
  expect(() => realtimeSettings(env)).toThrow(message);
});

test('a token for the cache names the cache, the user and no longer than a quarter of an hour', () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' };
  const login = { name: 'bus-dev', user: 'bus-dev-realtime', region: 'eu-north-1' };
  const token = cacheToken(login, credentials, new Date('2026-05-04T10:00:00Z'));
  expect(token).toMatch(/^bus-dev\/\?Action=connect&ResourceType=ServerlessCache&User=bus-dev-realtime&/);
  expect(token).toContain('%2F20260504%2Feu-north-1%2Felasticache%2Faws4_request');
  expect(token).toContain('X-Amz-Expires=900');
  expect(token).toContain('X-Amz-Security-Token=session');
});
