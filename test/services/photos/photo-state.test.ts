import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  applyEvent,
  applyList,
  applyUpload,
  makePhotoState,
  uploadsOf,
} from '../../../src/services/photos/web/photo-state.js';

const time = '2026-05-04T10:00:00.000Z';
const event = (name: string, photoId: string, more: object = {}) => ({
  name,
  time,
  data: { photoId, batchId: 'b1', filename: `${photoId}.jpg`, ...more },
});
const progress = (photoId: string, percent: number) =>
  event('photo:processing.progress', photoId, { progress: percent, currentStage: 'RESIZING' });
const thumbnails = [{ url: '/t/160.jpg', widthPx: 160, heightPx: 120 }];
const story = [
  ...['p1', 'p2'].flatMap((id) => [
    event('photo:uploaded', id, { photosTotal: 2 }),
    event('photo:processing.started', id),
    progress(id, 5),
    progress(id, 70),
  ]),
  event('photo:processing.completed', 'p1', { thumbnails, widthPx: 4, heightPx: 3 }),
  event('photo:processing.failed', 'p2', { errorCode: 'EVENTBUS_PHOTO_IMAGE_CORRUPT', errorDetail: 'it is damaged' }),
  {
    name: 'batch:processing.completed',
    time,
    data: { batchId: 'b1', photosTotal: 2, photosSucceeded: 1, photosFailed: 1 },
  },
];
const after = (events: typeof story) => {
  const state = makePhotoState();
  for (const one of events) applyEvent(state, one);
  return uploadsOf(state);
};

describe('what the page shows', () => {
  test('moves with the events, and ends with the batch', () => {
    expect(after(story.slice(0, 1))).toMatchObject([{ isBatch: true, total: 2, progress: 0, completed: false }]);
    expect(after(story.slice(0, 8))).toMatchObject([{ progress: 70, succeeded: 0, completed: false }]);
    expect(after(story)).toMatchObject([
      {
        total: 2,
        progress: 100,
        succeeded: 1,
        failed: 1,
        completed: true,
        photos: [
          { photoId: 'p1', state: 'completed', thumbnails },
          { photoId: 'p2', state: 'failed', errorCode: 'EVENTBUS_PHOTO_IMAGE_CORRUPT' },
        ],
      },
    ]);
  });

  test('is not done before its last photo, though the batch is said to be', () => {
    const late = story.filter(({ name }) => name !== 'photo:processing.failed');
    expect(after(late)).toMatchObject([{ succeeded: 1, failed: 0, completed: false }]);
  });

  test('is not done while nothing is known of a photo, though the batch is said to be', () => {
    const without = story.filter(({ data }) => !('photoId' in data) || data.photoId !== 'p2');
    expect(after(without)).toMatchObject([{ total: 2, succeeded: 1, completed: false }]);
  });

  test('is done when the service says so of a batch that its list has only a part of', () => {
    const photo = { photoId: 'p1', batchId: 'b1', filename: 'a.jpg', sizeBytes: 9, begunAt: time, state: 'completed' };
    const state = makePhotoState();
    applyList(state, { photos: [photo], batches: [{ batchId: 'b1', photosTotal: 2, completed: false }] });
    expect(uploadsOf(state)).toMatchObject([{ total: 2, completed: false }]);
    applyList(state, { photos: [photo], batches: [{ batchId: 'b1', photosTotal: 2, completed: true }] });
    expect(uploadsOf(state)).toMatchObject([{ total: 2, succeeded: 1, completed: true }]);
  });

  test('is the same in whatever order and however often the events come', () => {
    const whole = after(story);
    const shuffled = fc.shuffledSubarray([...story, ...story], { minLength: story.length * 2 });
    fc.assert(
      fc.property(shuffled, (events) => expect(after(events)).toEqual(whole)),
      { numRuns: 100 },
    );
  });

  test('never moves back, whatever comes late', () => {
    const state = makePhotoState();
    expect(applyEvent(state, progress('p1', 70))).toBe(true);
    for (const late of [progress('p1', 5), progress('p1', 70), event('photo:uploaded', 'p1')]) applyEvent(state, late);
    expect(state.photos.get('p1')).toMatchObject({ progress: 70, state: 'processing' });
  });

  test('takes the list of the service and the answer to an upload with the events, in any order', () => {
    const photo = { photoId: 'p1', batchId: null, filename: 'a.jpg', sizeBytes: 9, begunAt: time, state: 'processing' };
    const state = makePhotoState();
    applyEvent(state, { ...progress('p1', 70), data: { ...progress('p1', 70).data, batchId: null } });
    applyList(state, { photos: [{ ...photo, progress: 25, currentStage: 'RESIZING' }], batches: [] });
    applyUpload(state, { batchId: null, photos: [{ photoId: 'p1', filename: 'a.jpg', sizeBytes: 9 }] }, 0);
    expect(uploadsOf(state)).toMatchObject([{ isBatch: false, total: 1, progress: 70 }]);
    applyList(state, { photos: [{ ...photo, state: 'completed', progress: 100, thumbnails }], batches: [] });
    expect(uploadsOf(state)).toMatchObject([{ completed: true, photos: [{ state: 'completed', thumbnails }] }]);
  });

  test('shows the newest upload first', () => {
    const state = makePhotoState();
    for (const [index, photoId] of ['old', 'new'].entries()) {
      applyUpload(state, { batchId: null, photos: [{ photoId, filename: photoId }] }, index);
    }
    expect(uploadsOf(state).map(({ id }) => id)).toEqual(['new', 'old']);
  });
});
