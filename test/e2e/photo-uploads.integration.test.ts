import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decode } from 'jpeg-js';
import { io, type Socket } from 'socket.io-client';
import { jpegFile, landscape } from '../make/pictures.ts';
import { type Bus, freshEngines, killLeftovers, runVerb, startBus, temporaryFolder } from './bus.ts';
import { audit } from './observing.ts';

const folder = temporaryFolder();
const sockets: Socket[] = [];
let bus: Bus;

beforeAll(async () => {
  bus = await startBus({ dataDir: folder.path, engines: await freshEngines(), flags: ['--lake-seconds', '1'] });
}, 120_000);

afterAll(async () => {
  for (const socket of sockets) socket.disconnect();
  await bus?.stop();
  await killLeftovers();
  folder.remove();
});

async function tokenOf(user: string): Promise<string> {
  const { output } = await runVerb(['token', '--user', user, '--data-dir', folder.path]);
  return output.trim();
}

/** Everything that a device of the user is told of photos, by name and percentage. */
async function listen(token: string): Promise<{ readonly told: { name: string; data: Record<string, unknown> }[] }> {
  const socket = io(bus.endpoints.realtime ?? '', { auth: { token }, transports: ['websocket'] });
  sockets.push(socket);
  const told: { name: string; data: Record<string, unknown> }[] = [];
  socket.onAny(
    (name: string, ...args: readonly [data: Record<string, unknown>, meta: unknown, acknowledge?: () => void]) => {
      const [data, , acknowledge] = args;
      if (/^(photo|batch):/.test(name)) told.push({ name, data });
      acknowledge?.();
    },
  );
  await new Promise((resolve) => socket.once('session:ready', resolve));
  return { told };
}

interface Accepted {
  readonly batchId: string;
  readonly photos: readonly { readonly photoId: string }[];
}

/** A picture that was taken upright, and a file that is none. */
function form(): FormData {
  const made = new FormData();
  made.append('a', new File([new Uint8Array(jpegFile(landscape(640, 480, 0.2), 6))], 'fjord.jpg'));
  made.append('b', new File(['no picture'], 'notes.txt'));
  return made;
}

test('an upload by HTTP is told live to its owner, ends with thumbnails or a reason, and is in every sink once', async () => {
  const [alice, bob] = await Promise.all(['alice', 'bob'].map(tokenOf));
  const [mine, theirs] = await Promise.all([listen(alice ?? ''), listen(bob ?? '')]);
  const call = (path: string, options: RequestInit = {}, token = alice) =>
    fetch(`${bus.endpoints.photos}${path}`, {
      ...options,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'one' },
    });

  const response = await call('/photos', { method: 'POST', body: form() });
  const { batchId, photos } = (await response.json()) as Accepted;
  const [fjord = '', notes = ''] = photos.map(({ photoId }) => photoId);
  // The same upload again, as after an answer that got lost.
  expect(((await (await call('/photos', { method: 'POST', body: form() })).json()) as Accepted).batchId).toBe(batchId);
  // In any order: the batch's key lies in another partition than those of its photos.
  const ends = /^(photo:processing\.(completed|failed)|batch:processing\.completed)$/;
  for (let left = 1_200; left > 0 && mine.told.filter(({ name }) => ends.test(name)).length < 3; left -= 1) {
    await sleep(50);
  }

  const steps = (photoId: string) =>
    mine.told
      .filter(({ name, data }) => name !== 'photo:uploaded' && data['photoId'] === photoId)
      .map(({ name, data }) => (name.endsWith('progress') ? data['progress'] : name));
  expect(steps(fjord)).toEqual(['photo:processing.started', 5, 15, 25, 70, 90, 'photo:processing.completed']);
  expect(steps(notes)).toEqual(['photo:processing.started', 5, 15, 'photo:processing.failed']);
  const batch = mine.told.find(({ name }) => name === 'batch:processing.completed');
  expect(batch?.data).toMatchObject({ batchId, photosTotal: 2, photosSucceeded: 1, photosFailed: 1 });
  expect(theirs.told).toEqual([]);

  const list = (await (await call('/photos')).json()) as { photos: object[]; batches: object[] };
  expect(list.photos).toHaveLength(2);
  expect(list.photos).toContainEqual(expect.objectContaining({ photoId: fjord, state: 'completed', widthPx: 480 }));
  expect(list.photos).toContainEqual(
    expect.objectContaining({ photoId: notes, state: 'failed', errorCode: 'EVENTBUS_PHOTO_FORMAT_UNSUPPORTED' }),
  );
  expect(list.batches).toEqual([expect.objectContaining({ batchId, completed: true })]);
  const thumbnail = await call(`/photos/${fjord}/thumbnails/160.jpg`);
  expect(decode(Buffer.from(await thumbnail.arrayBuffer()))).toMatchObject({ width: 120, height: 160 });
  expect((await call(`/photos/${fjord}/thumbnails/160.jpg`, {}, bob)).status).toBe(404);

  const audited = await audit(bus);
  expect([audited.report.missing, audited.report.duplicated]).toEqual([0, 0]);
  // Two uploads, their copies, and the processor's own events.
  expect(audited.row('photo-processor', 'photo.events.v1')).toMatchObject({ records: 4 + 7 + 4 + 1, applied: 2 });
}, 480_000);
