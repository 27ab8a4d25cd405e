import { describe, expect, test } from '@jest/globals';
import { emptyPhotoEvent } from '../../../src/core/photos/empty-photo-event.ts';
import { readImageHeader } from '../../../src/core/photos/image-header.ts';
import { thumbnailKey } from '../../../src/core/photos/photo-objects.ts';
import { PhotoRig, uploaded } from '../../make/photo-rig.ts';
import { jpegFile, landscape, picture, pngClaiming, pngFile, secretPlace } from '../../make/pictures.ts';

const photo = jpegFile(landscape(200, 150, 0.5));
/** Quick to process, for stories that are told many times. */
const small = jpegFile(landscape(40, 30, 0.5));
const wholeStory = [
  'photo.processing.started',
  'VALIDATION 5',
  'METADATA 15',
  'RESIZING 25',
  'THUMBNAILS 70',
  'STORING 90',
  'photo.processing.completed',
];
const applied = { fate: 'applied' };

describe('a photo', () => {
  test('is told step by step, in order, and ends with thumbnails of its own proportions', async () => {
    const rig = new PhotoRig();
    expect(await rig.apply(uploaded(rig, 0, { photoId: 'p1', file: photo, filename: 'fjord.jpg' }))).toEqual([applied]);
    expect(rig.told()).toEqual(wholeStory);
    const last = rig.log.at(-1);
    expect(last).toMatchObject({ topic: 'photo.events.v1', key: 'p1', subject: 'PhotoEvent' });
    expect(last?.value).toMatchObject({
      userId: 'alice',
      filename: 'fjord.jpg',
      widthPx: 200,
      heightPx: 150,
      contentType: 'image/jpeg',
      progress: 100,
      thumbnails: [{ url: '/photos/p1/thumbnails/160.jpg', widthPx: 160, heightPx: 120, contentType: 'image/jpeg' }],
    });
    const thumbnail = rig.files.get(thumbnailKey('alice', 'p1', '160.jpg')) ?? new Uint8Array();
    expect(readImageHeader(thumbnail)).toMatchObject({ format: 'jpeg', widthPx: 160, heightPx: 120 });
  });

  test('stands upright in its thumbnails, which do not tell where it was taken', async () => {
    const rig = new PhotoRig();
    const file = jpegFile(landscape(200, 100, 0.1), 6);
    expect(file.includes(secretPlace)).toBe(true);
    await rig.apply(uploaded(rig, 0, { photoId: 'p1', file }));
    expect(rig.log.at(-1)?.value).toMatchObject({ widthPx: 100, heightPx: 200 });
    const thumbnail = Buffer.from(rig.files.get(thumbnailKey('alice', 'p1', '160.jpg')) ?? []);
    expect(readImageHeader(thumbnail)).toMatchObject({ widthPx: 80, heightPx: 160, orientation: 1 });
    expect(thumbnail.includes(secretPlace)).toBe(false);
  });

  test('may be a PNG, whatever the upload called it', async () => {
    const rig = new PhotoRig();
    const file = pngFile(picture(60, 40, () => [10, 20, 30, 128]));
    await rig.apply(uploaded(rig, 0, { photoId: 'p1', file, contentType: 'image/jpeg' }));
    expect(rig.log.at(-1)?.value).toMatchObject({ contentType: 'image/png', widthPx: 60, errorCode: null });
  });

  test('has ids and trace of its upload in every event', async () => {
    const rig = new PhotoRig();
    const item = uploaded(rig, 0, { photoId: 'p1', file: photo, correlationId: 'c1', batchId: 'b0' });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await rig.apply({ ...item, event: { ...item.event, traceparent } });
    expect(new Set(rig.log.map(({ event }) => event.id)).size).toBe(wholeStory.length);
    expect(rig.log.every(({ event, value }) => event.traceparent === traceparent && value.correlationId === 'c1')).toBe(
      true,
    );
  });
});

describe('a photo that cannot be processed', () => {
  const damaged = Buffer.from(photo);
  damaged.fill(0xee, 700, 900);
  test.each([
    ['a text', Buffer.from('hello'), 'EVENTBUS_PHOTO_FORMAT_UNSUPPORTED'],
    ['half a JPEG', photo.subarray(0, photo.length >> 1), 'EVENTBUS_PHOTO_IMAGE_CORRUPT'],
    ['a JPEG with damage', damaged, 'EVENTBUS_PHOTO_IMAGE_CORRUPT'],
    ['a PNG with another size than it says', pngClaiming(3, 3), 'EVENTBUS_PHOTO_IMAGE_CORRUPT'],
    ['a PNG of 10 gigapixels', pngClaiming(100_000, 100_000), 'EVENTBUS_PHOTO_TOO_MANY_PIXELS'],
    ['a file of 21 MiB', Buffer.alloc(21 * 1_048_576, 0xff), 'EVENTBUS_PHOTO_FILE_TOO_LARGE'],
    ['a file that is gone', undefined, 'EVENTBUS_PHOTO_FILE_MISSING'],
  ])('fails with its reason and is done with: %s', async (_name, file, code) => {
    const rig = new PhotoRig();
    const bad = uploaded(rig, 0, { photoId: 'bad', ...(file === undefined ? {} : { file }) });
    const good = uploaded(rig, 1, { photoId: 'good', file: photo });
    expect(await rig.apply(bad, good)).toEqual([applied, applied]);
    const failed = rig.log.filter(({ value }) => value.photoId === 'bad').at(-1);
    expect(failed?.event.type).toBe('photo.processing.failed');
    expect(failed?.value).toMatchObject({ errorCode: code, retryable: false, thumbnails: [] });
    expect(failed?.value.errorDetail).toMatch(/^[a-z].*\. [A-Z].*\.$/);
    expect(rig.told('good')).toEqual(wholeStory);
  });

  test('is given up after three attempts that ended with the function', async () => {
    const rig = new PhotoRig();
    const item = uploaded(rig, 0, { photoId: 'p1', file: photo });
    // The memory of the attempt that a crash leaves: decoding had begun and never ended.
    for (let crash = 0; crash < 3; crash += 1) {
      const before = rig.store.photos.get('p1')?.decodings ?? 0;
      rig.interrupt = () => {
        if ((rig.store.photos.get('p1')?.decodings ?? 0) > before) throw new Error('killed');
      };
      await expect(rig.apply(item)).rejects.toThrow('killed');
    }
    rig.interrupt = () => {};
    expect(await rig.apply(item)).toEqual([applied]);
    expect(rig.told()).toEqual([...wholeStory.slice(0, 4), 'photo.processing.failed']);
    expect(rig.log.at(-1)?.value).toMatchObject({ errorCode: 'EVENTBUS_PHOTO_GAVE_UP' });
  });
});

describe('delivered again', () => {
  test('a record has no second effect', async () => {
    const rig = new PhotoRig();
    const item = uploaded(rig, 0, { photoId: 'p1', file: photo });
    await rig.apply(item);
    expect(await rig.apply(item)).toEqual([applied]);
    expect(rig.told()).toEqual(wholeStory);
  });

  test('another event for the same photo is a duplicate, and is recorded as one', async () => {
    const rig = new PhotoRig();
    const item = uploaded(rig, 0, { photoId: 'p1', file: photo });
    const again = { ...item, offset: 8, event: { ...item.event, id: 'another' } };
    expect(await rig.apply(item, again)).toEqual([applied, { fate: 'skipped', reason: 'duplicate' }]);
    expect(rig.told()).toEqual(wholeStory);
    expect(rig.skips).toEqual(['8 duplicate']);
  });

  test('after a crash at any effect, the story is whole, in order, and at most one step is told twice, with its id', async () => {
    const whole = new PhotoRig();
    await whole.apply(uploaded(whole, 0, { photoId: 'p1', file: small, batchId: 'b1', photosTotal: 1 }));
    expect(whole.told()).toEqual([...wholeStory, 'batch.processing.completed']);
    for (let crashAt = 1; crashAt <= whole.effects; crashAt += 1) {
      const rig = new PhotoRig();
      const item = uploaded(rig, 0, { photoId: 'p1', file: small, batchId: 'b1', photosTotal: 1 });
      rig.interrupt = (effect) => {
        if (effect === crashAt) throw new Error('killed');
      };
      await expect(rig.apply(item)).rejects.toThrow('killed');
      await rig.apply(item);
      const ids = rig.log.map(({ event }) => event.id);
      const once = rig.log.filter(({ event }, index) => ids.indexOf(event.id) === index);
      expect(once.map(({ event }) => event.id)).toEqual(whole.log.map(({ event }) => event.id));
      expect(ids.length - once.length).toBeLessThanOrEqual(1);
      expect(rig.store.batches.get('b1')).toMatchObject({ photosSucceeded: 1, photosFailed: 0, told: true });
    }
  });
});

describe('a batch', () => {
  test('is completed once, after its last photo, with the count of both ends', async () => {
    const rig = new PhotoRig();
    const of = { batchId: 'b1', photosTotal: 3 };
    const items = [
      uploaded(rig, 0, { photoId: 'p1', file: photo, ...of }),
      uploaded(rig, 1, { photoId: 'p2', file: Buffer.from('no picture'), ...of }),
      uploaded(rig, 2, { photoId: 'p3', file: photo, ...of }),
    ];
    await rig.apply(...items.slice(0, 2));
    expect(rig.told()).not.toContain('batch.processing.completed');
    await rig.apply(...items);
    await rig.apply(...items);
    const ends = rig.log.filter(({ event }) => event.type === 'batch.processing.completed');
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ key: 'b1' });
    expect(ends[0]?.value).toMatchObject({
      photoId: null,
      userId: 'alice',
      photosTotal: 3,
      photosSucceeded: 2,
      photosFailed: 1,
    });
    expect(rig.log.at(-1)).toBe(ends[0]);
  });

  test('is completed once when its photos end at the same time, in different partitions', async () => {
    const rig = new PhotoRig();
    const ids = ['p1', 'p2', 'p3', 'p4'];
    const no = Buffer.from('no picture');
    const items = ids.map((photoId) => uploaded(rig, 0, { photoId, file: no, batchId: 'b1', photosTotal: 4 }));
    await Promise.all(items.map((item) => rig.apply(item)));
    expect(rig.told().filter((step) => step === 'batch.processing.completed')).toHaveLength(1);
    expect(rig.log.at(-1)?.value).toMatchObject({ photosTotal: 4, photosFailed: 4 });
  });
});

describe('other records', () => {
  test('events of other types, its own among them, are skipped and recorded', async () => {
    const rig = new PhotoRig();
    const item = uploaded(rig, 4, { photoId: 'p1' });
    const own = { ...item, event: { ...item.event, type: 'photo.processing.progress' } };
    expect(await rig.apply(own)).toEqual([{ fate: 'skipped', reason: 'filtered' }]);
    expect([rig.log, rig.skips]).toEqual([[], ['4 filtered']]);
  });

  test.each([
    ['no owner', { userId: null }, 'userId is missing'],
    ['an owner who cannot be one', { userId: 'a\nb' }, 'userId is "a\\nb"'],
    ['another key', { photoId: 'p2' }, 'the key of the record is "p1", needed is its photoId'],
    ['a file elsewhere', { storageUri: 'dead-letters/x' }, 'needed is a key below photos/'],
    ['a batch of nothing', { batchId: 'b', photosTotal: 0 }, 'photosTotal is "0", needed is at least 1'],
  ])('an upload with %s is poison, named by its offset', async (_name, fields, message) => {
    const rig = new PhotoRig();
    const item = uploaded(rig, 7, { photoId: 'p1' });
    const refused = rig.apply({ ...item, value: { ...emptyPhotoEvent, userId: 'alice', photoId: 'p1', ...fields } });
    await expect(refused).rejects.toMatchObject({
      code: 'EVENTBUS_PHOTO_EVENT_INVALID',
      failure: 'poison',
      details: { offset: 7 },
      message: expect.stringContaining(message),
    });
  });

  test('an object store that is away is no fault of the photo', async () => {
    const rig = new PhotoRig();
    const item = uploaded(rig, 0, { photoId: 'p1', file: photo });
    rig.files.get = () => {
      throw new Error('away');
    };
    await expect(rig.apply(item)).rejects.toThrow('away');
    expect(rig.told()).toEqual(wholeStory.slice(0, 2));
  });
});
