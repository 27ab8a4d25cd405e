import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StepEvent } from '../../../src/consumers/photo-processor/photo-events.ts';
import { makePostgresPhotoStore, type PhotoStore } from '../../../src/consumers/photo-processor/photo-store.ts';
import type { PhotoUpload } from '../../../src/consumers/photo-processor/photo-upload.ts';
import { outsideDatabase, type TestDatabase } from '../../make/postgres.ts';

let database: TestDatabase;
let store: PhotoStore;

beforeAll(async () => {
  database = await outsideDatabase();
  store = makePostgresPhotoStore(database.pool);
});
afterAll(() => database.close());

const upload = (photoId: string, batchId: string | null, photosTotal: number | null): PhotoUpload => ({
  eventId: `upload-of-${photoId}`,
  traceparent: undefined,
  photoId,
  userId: 'alice',
  batchId,
  photosTotal,
  filename: `${photoId}\u0000.jpg`,
  contentType: 'image/jpeg',
  sizeBytes: 7,
  correlationId: null,
  key: 'photos/alice/x/original',
});

const completed: StepEvent = {
  step: 7,
  type: 'photo.processing.completed',
  value: { widthPx: 4, heightPx: 3, thumbnails: [{ url: '/t', widthPx: 1, heightPx: 1, contentType: null }] },
};
const failed: StepEvent = { step: 7, type: 'photo.processing.failed', value: { errorCode: 'X', errorDetail: 'no' } };

test('of forty photos that end side by side exactly one closes the batch, and all are counted once', async () => {
  const uploads = Array.from({ length: 40 }, (_, index) => upload(`p${index}`, 'b1', 40));
  await Promise.all(uploads.map((one) => store.begin(one)));
  await Promise.all(uploads.map((one, index) => store.ended(one, index % 4 === 0 ? failed : completed)));
  // A redelivery, with another end than the first: the first one stays.
  await Promise.all(uploads.map((one) => store.ended(one, failed)));
  const closers = (await Promise.all(uploads.map((one) => store.unannounced(one)))).filter((one) => one !== null);
  expect(closers).toEqual([{ batchId: 'b1', userId: 'alice', photosTotal: 40, photosSucceeded: 30, photosFailed: 10 }]);
  await store.announced('b1');
  expect((await Promise.all(uploads.map((one) => store.unannounced(one)))).every((one) => one === null)).toBe(true);
});

test('an attempt goes on where the last one stopped; another event for the photo is none', async () => {
  const one = upload('q1', null, null);
  expect(await store.begin(one)).toEqual({ step: 0, attempt: 1, decodings: 0 });
  await store.advanced('q1', { step: 4, type: 't', value: { currentStage: 'RESIZING', progress: 25 } });
  await store.advanced('q1', { step: 2, type: 't', value: { currentStage: 'VALIDATION', progress: 5 } });
  await store.decoding('q1', 'begins');
  expect(await store.begin(one)).toEqual({ step: 4, attempt: 2, decodings: 1 });
  expect(await store.begin({ ...one, eventId: 'another' })).toBeNull();
  await store.decoding('q1', 'ended');
  await store.ended(one, completed);
  expect(await store.begin(one)).toEqual({ step: 7, attempt: 2, decodings: 0 });
  const { rows } = await database.pool.query('select * from photo where photo_id = $1', ['q1']);
  expect(rows[0]).toMatchObject({ state: 'completed', progress: 100, width_px: 4, thumbnails: [{ url: '/t' }] });
});
