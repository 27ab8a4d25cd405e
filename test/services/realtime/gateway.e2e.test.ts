import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RealtimeRig } from './realtime-rig.ts';

const rig = new RealtimeRig();

beforeAll(() => rig.start(), 30_000);
afterAll(() => rig.close(), 30_000);

async function until(condition: () => boolean): Promise<void> {
  for (let left = 500; left > 0 && !condition(); left -= 1) await sleep(10);
  expect(condition()).toBe(true);
}

test('an owner gets the events of a photo once, whatever rooms they come through, and others get none', async () => {
  const gateway = await rig.gateway();
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
  await rig.stopGateway(gateway);
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
  await rig.stopGateway(second);
});
