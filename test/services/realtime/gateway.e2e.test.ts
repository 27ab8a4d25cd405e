import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodePosition } from '../../../src/core/realtime/position.ts';
import type { RealtimeGateway } from '../../../src/services/realtime/gateway.ts';
import { RealtimeRig } from './realtime-rig.ts';

const rig = new RealtimeRig();

/** For tests that need no gateway of their own. */
let gateway: RealtimeGateway;

beforeAll(async () => {
  await rig.start();
  gateway = await rig.gateway();
});
afterAll(() => rig.close());

async function until(condition: () => boolean): Promise<void> {
  for (let left = 2_000; left > 0 && !condition(); left -= 1) await sleep(10);
  expect(condition()).toBe(true);
}

test('an owner gets the events of a photo once, whatever rooms they come through, and others get none', async () => {
  const [ada, bob] = await Promise.all([rig.client(gateway, 'ada'), rig.client(gateway, 'bob')]);
  await rig.photo('photo.uploaded', { photoId: 'p1', userId: 'ada', filename: 'a.jpg', storageUri: 's3://secret' });
  await until(() => ada.received.length === 1);
  expect(await ada.ask('subscribe', { room: 'photo:p1' })).toMatchObject({ ok: true, room: 'photo:p1' });
  expect(await bob.ask('subscribe', { room: 'photo:p1' })).toMatchObject({
    ok: false,
    code: 'EVENTBUS_REALTIME_ROOM_DENIED',
  });
  // Later writers need not know the owner.
  await rig.photo('photo.processing.progress', { photoId: 'p1', progress: 50, currentStage: 'RESIZING' });
  await rig.photo('photo.processing.started', { photoId: 'p1' });
  await until(() => ada.received.length === 3);
  expect(ada.received.map(({ name, meta }) => [name, meta.room])).toEqual([
    ['photo:uploaded', 'user:ada'],
    ['photo:processing.progress', 'photo:p1'],
    ['photo:processing.started', 'photo:p1'],
  ]);
  expect(ada.received[0]?.data).toEqual({ photoId: 'p1', userId: 'ada', filename: 'a.jpg' });
  expect(bob.received).toEqual([]);
});

test('a client that moves to another gateway gets what it missed, in order, once', async () => {
  const [first, second] = await Promise.all([rig.gateway(), rig.gateway()]);
  const before = await rig.client(first, 'eve');
  const progress = (from: number, to: number) =>
    rig.photos(
      Array.from({ length: to - from }, (_, index) => ({
        type: 'photo.processing.progress',
        value: { photoId: 'p2', userId: 'eve', progress: from + index },
      })),
    );
  await progress(0, 10);
  await until(() => before.received.length === 10);
  await rig.stopGateway(first);
  await progress(10, 40);
  const after = await rig.client(second, 'eve', { after: before.position });
  await progress(40, 60);
  await until(() => after.received.length === 50);
  await sleep(50);
  expect([...before.field('progress'), ...after.field('progress')]).toEqual(Array.from({ length: 60 }, (_, at) => at));
});

test('a client that had no event yet resumes from its welcome, also for rooms it subscribes to anew', async () => {
  const [first, second] = await Promise.all([rig.gateway(), rig.gateway()]);
  // Whose the batch is, each gateway learns from its own reading.
  const early = [await rig.client(first, 'ivy'), await rig.client(second, 'ivy')];
  await rig.photo('photo.uploaded', { photoId: 'p3', userId: 'ivy', batchId: 'b3' });
  await until(() => early.every(({ received }) => received.length === 1));
  const idle = await rig.client(first, 'ivy');
  const watcher = await rig.client(first, 'ivy');
  expect(await watcher.ask('subscribe', { room: 'batch:b3' })).toMatchObject({ ok: true });
  const { position } = watcher;
  await rig.stopGateway(first);
  await rig.photos([
    { type: 'photo.processing.progress', value: { photoId: 'p3', batchId: 'b3', progress: 1 } },
    { type: 'photo.processing.progress', value: { photoId: 'p3', batchId: 'b3', progress: 2 } },
  ]);
  const [resumed, back] = await Promise.all([
    rig.client(second, 'ivy', { after: idle.position }),
    rig.client(second, 'ivy', { after: position }),
  ]);
  expect(await back.ask('subscribe', { room: 'batch:b3', after: position })).toMatchObject({ ok: true });
  await rig.photo('photo.processing.progress', { photoId: 'p3', batchId: 'b3', progress: 3 });
  await until(() => resumed.received.length >= 3 && back.received.length >= 3);
  await sleep(50);
  expect(resumed.field('progress').filter((value) => value !== undefined)).toEqual([1, 2, 3]);
  expect(back.field('progress')).toEqual([1, 2, 3]);
});

test('the newest position is right for every room that is subscribed to again, one after another', async () => {
  const [first, second] = await Promise.all([rig.gateway(), rig.gateway()]);
  const step = (photoId: string, progress: number, userId = 'uma') =>
    rig.photo('photo.processing.progress', { photoId, userId, progress });
  const owner = await rig.client(first, 'vic');
  for (const photoId of ['v1', 'v2']) await step(photoId, 0, 'vic');
  await until(() => owner.received.length === 2);
  const uma = await rig.client(first, 'uma');
  for (const room of ['photo:v1', 'photo:v2']) {
    expect(await owner.ask('share', { room, user: 'uma' })).toMatchObject({ ok: true });
    expect(await uma.ask('subscribe', { room })).toMatchObject({ ok: true });
  }
  await step('v1', 1, 'vic');
  await until(() => uma.received.length === 1);
  await rig.stopGateway(first);
  for (const [photoId, user] of [
    ['v2', 'vic'],
    ['v1', 'vic'],
    ['own', 'uma'],
  ] as const) {
    await step(photoId, 2, user);
  }
  const back = await rig.client(second, 'uma', { after: uma.position });
  await until(() => back.received.length === 1);
  for (const room of ['photo:v1', 'photo:v2']) {
    expect(await back.ask('subscribe', { room, after: back.position })).toMatchObject({ ok: true });
    await until(() => back.received.some(({ meta }) => meta.room === room));
  }
  expect(back.received.map(({ meta, data }) => [meta.room, data['progress']])).toEqual([
    ['user:uma', 2],
    ['photo:v1', 2],
    ['photo:v2', 2],
  ]);
});

test('what is no longer in memory is read from the log, and joined to what comes live', async () => {
  const owner = await rig.client(gateway, 'kim');
  const begin = owner.position;
  const progress = (from: number, to: number) =>
    rig.photos(
      Array.from({ length: to - from }, (_, index) => ({
        type: 'photo.processing.progress',
        value: { photoId: `k${index % 4}`, userId: 'kim', progress: from + index },
      })),
    );
  await progress(0, 400);
  await until(() => owner.received.length === 400);
  const small = await rig.gateway({ recentEvents: 5, recentMs: 0 });
  const publishing = progress(400, 500);
  const late = await rig.client(small, 'kim', { after: begin });
  await publishing;
  await progress(500, 600);
  await until(() => late.received.length >= 600);
  await sleep(50);
  expect(late.received).toHaveLength(600);
  expect(new Set(late.received.map(({ meta }) => meta.id)).size).toBe(600);
  for (const photo of ['k0', 'k1', 'k2', 'k3']) {
    const steps = late.received.flatMap(({ data }) => (data['photoId'] === photo ? [data['progress'] as number] : []));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  }
  expect(small.counters().readFromLog).toBeGreaterThan(0);
});

test('a position that the log has left behind is answered with "too old", and one of nobody with "not usable"', async () => {
  const gateway = await rig.gateway({ recentEvents: 1, recentMs: 0 });
  const client = await rig.client(gateway, 'lou');
  const subscribe = (after: unknown) => client.ask('subscribe', { room: 'user:lou', after });
  expect(await subscribe(place([999_999, 0, 0]))).toMatchObject({ code: 'EVENTBUS_REALTIME_POSITION_TOO_OLD' });
  expect(await subscribe('nonsense')).toMatchObject({ code: 'EVENTBUS_REALTIME_POSITION_INVALID' });
  const behind = await rig.client(gateway, 'lou', { after: place([999_999, 0, 0]) });
  const { resume, position } = await behind.ready;
  expect(resume).toMatchObject({ ok: false, code: 'EVENTBUS_REALTIME_POSITION_TOO_OLD' });
  expect(position).toEqual(expect.any(String));
});

test('rooms of the system are for admins, and what everyone may see comes to everyone', async () => {
  const admin = await rig.client(gateway, 'root', { roles: ['admin'] });
  const user = await rig.client(gateway, 'ada');
  expect(await user.ask('subscribe', { room: 'system' })).toMatchObject({ code: 'EVENTBUS_REALTIME_ROOM_DENIED' });
  expect(await user.ask('subscribe', { room: 'user:root' })).toMatchObject({ code: 'EVENTBUS_REALTIME_ROOM_DENIED' });
  expect(await admin.ask('subscribe', { room: 'system' })).toMatchObject({ ok: true });
  await rig.health('disk', 'ADMINS');
  await rig.health('site', 'EVERYONE');
  await until(() => admin.received.length === 2 && user.received.length === 1);
  expect(admin.received.map(({ name, meta }) => [name, meta.room])).toEqual([
    ['system:health.update', 'system'],
    ['system:health.update', 'system'],
  ]);
  expect(user.field('component')).toEqual(['site']);
});

test('a subscription gets the events and fields that it asked for', async () => {
  const [client, plain] = await Promise.all([rig.client(gateway, 'max'), rig.client(gateway, 'max')]);
  const answer = await client.ask('subscribe', {
    room: 'user:max',
    filter: { progress: { gte: 50, lt: 90 } },
    fields: ['progress', 'photoId'],
  });
  expect(answer.ok).toBe(true);
  expect(await client.ask('subscribe', { room: 'user:max', filter: { storageUri: 'x' } })).toMatchObject({
    code: 'EVENTBUS_REALTIME_FILTER_INVALID',
  });
  for (const value of [10, 50, 70, 90]) {
    await rig.photo('photo.processing.progress', { photoId: 'm1', userId: 'max', progress: value });
  }
  await until(() => plain.received.length === 4 && client.received.length === 2);
  expect(client.received.map(({ data }) => data)).toEqual([
    { photoId: 'm1', progress: 50 },
    { photoId: 'm1', progress: 70 },
  ]);
});

test('a watcher sees a photo from when its owner shares it until the owner no longer does', async () => {
  const [owner, friend] = await Promise.all([rig.client(gateway, 'nat'), rig.client(gateway, 'obi')]);
  await rig.photo('photo.uploaded', { photoId: 'n1', userId: 'nat' });
  await until(() => owner.received.length === 1);
  expect(await friend.ask('share', { room: 'photo:n1', user: 'obi' })).toMatchObject({
    code: 'EVENTBUS_REALTIME_ROOM_DENIED',
  });
  expect(await owner.ask('share', { room: 'photo:n1', user: 'obi' })).toMatchObject({ ok: true });
  expect(await friend.ask('subscribe', { room: 'photo:n1' })).toMatchObject({ ok: true });
  await rig.photo('photo.processing.progress', { photoId: 'n1', progress: 1 });
  await until(() => friend.received.length === 1);
  const left = new Promise((resolve) => friend.socket.once('room:left', resolve));
  expect(await owner.ask('unshare', { room: 'photo:n1', user: 'obi' })).toMatchObject({ ok: true });
  expect(await left).toMatchObject({ room: 'photo:n1', code: 'EVENTBUS_REALTIME_ROOM_DENIED' });
  await rig.photo('photo.processing.progress', { photoId: 'n1', progress: 2 });
  await until(() => owner.received.length === 3);
  expect(friend.field('progress')).toEqual([1]);
});

test('without a token of the issuer, from a page of another origin, or beyond the limit nobody gets in', async () => {
  const gateway = await rig.gateway({ connectionsPerUser: 1 });
  await expect(rig.rawClient(gateway, {}).ready).rejects.toMatchObject({
    data: { code: 'EVENTBUS_AUTH_TOKEN_MISSING' },
  });
  await expect(rig.rawClient(gateway, { token: 'abc' }).ready).rejects.toMatchObject({
    data: { code: 'EVENTBUS_AUTH_TOKEN_INVALID' },
  });
  const token = await rig.token('pia');
  const page = (origin: string) => rig.rawClient(gateway, { token }, { extraHeaders: { origin } }).ready;
  await expect(page('https://evil.example')).rejects.toThrow(/websocket error/);
  await expect(page('http://127.0.0.1:8087')).resolves.toMatchObject({ user: 'pia' });
  await expect(page('http://127.0.0.1:8087')).rejects.toMatchObject({
    data: { code: 'EVENTBUS_REALTIME_LIMIT_REACHED' },
  });
});

test('a connection ends with its token, unless a new one comes in time', async () => {
  const renewed = await rig.client(gateway, 'quin', { lifetimeMs: 3_000 });
  // Ends no earlier than the other one would have.
  const short = await rig.client(gateway, 'quin', { lifetimeMs: 3_000 });
  expect(await renewed.ask('authenticate', { token: await rig.token('rex') })).toMatchObject({
    code: 'EVENTBUS_REALTIME_SIGN_IN_CHANGED',
  });
  expect(await renewed.ask('authenticate', { token: await rig.token('quin') })).toMatchObject({ ok: true });
  await until(() => short.ended.length === 1);
  expect(short.ended[0]?.code).toBe('EVENTBUS_AUTH_TOKEN_EXPIRED');
  await until(() => !short.socket.connected);
  expect(renewed.socket.connected).toBe(true);
});

test('requests beyond the rate, of unknown names or unknown fields are refused, and rooms are limited', async () => {
  // So rare that no place is given back while the test runs.
  const gateway = await rig.gateway({ requests: { perSecond: 0.001, burst: 6 }, roomsPerConnection: 3 });
  const client = await rig.client(gateway, 'sam', { roles: ['admin'] });
  expect(await client.ask('subscribe', { room: 'system' })).toMatchObject({ ok: true });
  expect(await client.ask('subscribe', { room: 'alerts' })).toMatchObject({ code: 'EVENTBUS_REALTIME_LIMIT_REACHED' });
  expect(await client.ask('subscribe', { room: 'nothing' })).toMatchObject({ code: 'EVENTBUS_REALTIME_ROOM_INVALID' });
  expect(await client.ask('subscribe', { room: 'system', afterr: 1 })).toMatchObject({
    code: 'EVENTBUS_REALTIME_REQUEST_INVALID',
  });
  expect(await client.ask('shutdown', {})).toMatchObject({ code: 'EVENTBUS_REALTIME_REQUEST_INVALID' });
  expect(await client.ask('unsubscribe', { room: 'system' })).toMatchObject({ ok: true });
  expect(await client.ask('subscribe', { room: 'system' })).toMatchObject({ code: 'EVENTBUS_REALTIME_RATE_LIMITED' });
  const refused = gateway.counters().refused;
  expect(refused['EVENTBUS_REALTIME_REQUEST_INVALID']).toBe(2);
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(text).toContain('event_bus_realtime_connections 1\n');
  expect(text).toContain('event_bus_realtime_refused_total{code="EVENTBUS_REALTIME_RATE_LIMITED"} 1\n');
  expect(await (await fetch(`${gateway.url}/health`)).json()).toMatchObject({ status: 'ok', connections: 1 });
  const proxied = await fetch(`${gateway.url}/metrics`, { headers: { 'x-forwarded-for': '198.51.100.1' } });
  expect(proxied.status).toBe(404);
});

test('a client that does not read is dropped, and the others go on', async () => {
  const gateway = await rig.gateway({ maxQueuedPackets: 50 });
  const [slow, quick] = await Promise.all([rig.client(gateway, 'tom'), rig.client(gateway, 'tom')]);
  const tcp = (slow.socket.io.engine.transport as unknown as { readonly ws: { readonly _socket: Socket } }).ws._socket;
  tcp.pause();
  const filename = 'x'.repeat(100_000);
  let sent = 0;
  for (; sent < 400 && gateway.counters().connections === 2; sent += 20) {
    const events = Array.from({ length: 20 }, () => ({ photoId: 't1', userId: 'tom', filename }));
    await rig.photos(events.map((value) => ({ type: 'photo.uploaded', value })));
    await until(() => quick.received.length === sent + 20);
  }
  expect(gateway.counters().dropped).toEqual({ EVENTBUS_REALTIME_SLOW_CONSUMER: 1 });
  tcp.destroy();
});

/** A position in the topics of a user's own rooms. */
function place(photos: readonly number[]): string {
  const topics = [
    [1, photos],
    [2, [0]],
  ] as const;
  return encodePosition({ place: new Map<number, readonly number[]>(topics), rooms: new Map() });
}
