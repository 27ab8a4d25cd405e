import { expect, test } from '@jest/globals';
import { topicNamed } from '../../../src/catalogue/lookup.ts';
import { type RealtimeTopic, realtimeTopics, roomKinds } from '../../../src/catalogue/realtime.ts';
import { RateLimit } from '../../../src/core/realtime/rate-limit.ts';
import { parseIds, parseRequest, parseUser } from '../../../src/core/realtime/request.ts';
import { parseRoom } from '../../../src/core/realtime/room.ts';
import { eventName, ownerOf, ownershipsIn, payloadOf, roomsOf } from '../../../src/core/realtime/routed-event.ts';

const photos: RealtimeTopic = realtimeTopics[0];
const alerts: RealtimeTopic = realtimeTopics[2];
const eventOf = (topic: RealtimeTopic, type: string) => {
  const event = topic.events.find((candidate) => candidate.type === type);
  if (event === undefined) throw new Error(type);
  return event;
};

test.each(['user:ada', 'photo:4f-1', 'batch:b 1'.replace(' ', '_'), 'system', 'alerts', 'everyone', 'user:auth0|5e'])(
  '%s is a room',
  (name) => {
    expect(parseRoom(name, roomKinds).name).toBe(name);
  },
);

test.each([
  '',
  'photo',
  'photo:',
  'system:1',
  'order:1',
  'photo:a b',
  `photo:${'x'.repeat(200)}`,
  'photo:a\u0000',
  7,
  null,
])('%j is no room', (name) => {
  expect(() => parseRoom(name, roomKinds)).toThrow(expect.objectContaining({ code: 'EVENTBUS_REALTIME_ROOM_INVALID' }));
});

test('a photo’s progress reaches photo, batch and owner, the most specific first', () => {
  const value = { photoId: 'p1', batchId: 'b1', userId: 'ada' };
  const event = eventOf(photos, 'photo.processing.progress');
  expect(roomsOf(event, value, 'ada')).toEqual(['photo:p1', 'batch:b1', 'user:ada']);
  expect(roomsOf(event, { photoId: 'p1', batchId: null }, undefined)).toEqual(['photo:p1']);
  expect(roomsOf(eventOf(photos, 'photo.uploaded'), value, 'ada')).toEqual(['user:ada']);
});

test('an owner is named by the event, or asked for by the thing that it is about', () => {
  expect(ownerOf(photos, { photoId: 'p1', userId: 'ada' })).toBe('ada');
  expect(ownerOf(photos, { photoId: 'p1', batchId: 'b1', userId: null })).toEqual({ kind: 'photo', id: 'p1' });
  expect(ownerOf(photos, { photoId: null, batchId: 'b1' })).toEqual({ kind: 'batch', id: 'b1' });
  expect(ownerOf(alerts, { deviceId: 'v1' })).toBeUndefined();
  expect(ownershipsIn(photos, { photoId: 'p1', batchId: 'b1', userId: 'ada' })).toEqual([
    { kind: 'photo', id: 'p1', owner: 'ada' },
    { kind: 'batch', id: 'b1', owner: 'ada' },
  ]);
});

test('an event has a name with a namespace', () => {
  expect(eventName(photos, 'photo.uploaded', {})).toBe('photo:uploaded');
  expect(eventName(photos, 'photo.processing.progress', {})).toBe('photo:processing.progress');
  expect(eventName(photos, 'batch.processing.completed', {})).toBe('batch:processing.completed');
  expect(eventName(alerts, 'alert.raised', { kind: 'low_battery_alert' })).toBe('alert:low_battery_alert');
  expect(eventName(alerts, 'alert.raised', {})).toBe('alert:raised');
});

test('a payload has neither hidden fields nor such that say nothing', () => {
  const value = { photoId: 'p1', storageUri: 's3://secret', batchId: null, thumbnails: [], progress: 0 };
  expect(payloadOf(photos, value)).toEqual({ photoId: 'p1', progress: 0 });
});

test('rooms, fields and codes of the catalogue fit each other', () => {
  const codes = realtimeTopics.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  const kinds = new Map<string, readonly string[]>(roomKinds.map(({ kind, topics }) => [kind, topics]));
  const found = new Set<string>();
  for (const feed of realtimeTopics as readonly RealtimeTopic[]) {
    const types: readonly string[] = topicNamed(feed.topic)?.eventTypes ?? [];
    for (const { type, rooms } of feed.events) {
      expect(types).toContain(type);
      for (const { kind } of rooms) {
        expect(kinds.get(kind)).toContain(feed.topic);
        found.add(`${kind} ${feed.topic}`);
      }
    }
  }
  const declared = roomKinds.flatMap(({ kind, topics }) => topics.map((topic) => `${kind} ${topic}`));
  expect([...found].toSorted()).toEqual(declared.toSorted());
});

test('requests have known fields only, so that a misspelt one is not taken for none', () => {
  expect(parseRequest({ room: 'system' }, ['room', 'after'])).toEqual({ room: 'system' });
  for (const payload of [undefined, null, 'x', [], { room: 'system', afterr: 'x' }]) {
    expect(() => parseRequest(payload, ['room', 'after'])).toThrow(
      expect.objectContaining({ code: 'EVENTBUS_REALTIME_REQUEST_INVALID' }),
    );
  }
  expect(parseUser('bob')).toBe('bob');
  expect(() => parseUser('')).toThrow(/1 to 128/);
  expect(parseIds(['a', 'b'])).toEqual(['a', 'b']);
  for (const ids of [[], [''], ['a\0'], 'a', [1], Array.from({ length: 501 }, () => 'a')]) {
    expect(() => parseIds(ids)).toThrow(/1 to 500/);
  }
});

test('a rate allows its burst, then what time brings back, and no more after a long pause', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 3 }, 0);
  const taken = (nowMs: number) => Array.from({ length: 5 }, () => limit.take(nowMs)).filter(Boolean).length;
  expect(taken(0)).toBe(3);
  expect(taken(100)).toBe(1);
  expect(taken(60_000)).toBe(3);
  // A clock that goes back gives nothing.
  expect(taken(0)).toBe(0);
});
