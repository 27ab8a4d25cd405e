import { AppError } from '../../core/errors/app-error.ts';
import { type ImageHeader, readImageHeader, requireProcessableSize } from '../../core/photos/image-header.ts';
import { photoLimits } from '../../core/photos/photo-limits.ts';
import { thumbnailKey } from '../../core/photos/photo-objects.ts';
import type { Pixels } from '../../core/photos/pixels.ts';
import { progressSteps } from '../../core/photos/processing-steps.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { decodeImage } from './decode-image.ts';
import { makeThumbnails, shrunk } from './make-thumbnails.ts';
import { completedEvent, progressEvent, type StepEvent } from './photo-events.ts';
import type { PhotoUpload } from './photo-upload.ts';

export interface ProcessingSurroundings {
  readonly objects: Pick<ObjectStore, 'get' | 'put'>;
  /** ms since 1970-01-01 UTC */
  readonly clock: () => number;
  /** Tells a stage before its work begins. */
  readonly tell: (event: StepEvent) => Promise<void>;
  /** Told around the decoding, in which a hostile picture could end the function. */
  readonly decoding: (phase: 'begins' | 'ended') => Promise<void>;
}

/**
 * Makes the thumbnails of a photo and stores them; a repetition writes the same files again.
 *
 * @returns the event of its completion
 * @throws AppError of the area PHOTO when the photo is to blame
 */
export async function processPhoto(upload: PhotoUpload, around: ProcessingSurroundings): Promise<StepEvent> {
  const { objects, clock, tell } = around;
  const begunAtMs = clock();
  await tell(progressEvent(progressSteps.validation));
  const file = await fileOf(upload, objects);
  await tell(progressEvent(progressSteps.metadata));
  const header = readImageHeader(file);
  requireProcessableSize(header);
  await tell(progressEvent(progressSteps.resizing));
  const largest = await decoded(file, header, around);
  await tell(progressEvent(progressSteps.thumbnails));
  const thumbnails = makeThumbnails(largest, header);
  await tell(progressEvent(progressSteps.storing));
  for (const { name, jpeg } of thumbnails) {
    await objects.put(thumbnailKey(upload.userId, upload.photoId, name), jpeg, { contentType: 'image/jpeg' });
  }
  return completedEvent(upload, { header, thumbnails, durationMs: clock() - begunAtMs });
}

async function fileOf({ key }: PhotoUpload, objects: Pick<ObjectStore, 'get'>): Promise<Buffer> {
  const file = await objects.get(key);
  if (file === null) throw new AppError('EVENTBUS_PHOTO_FILE_MISSING', 'the object store has nothing under its key');
  if (file.length <= photoLimits.fileBytes) return file;
  const what = `it has ${megabytes(file.length)}, allowed are ${megabytes(photoLimits.fileBytes)}`;
  throw new AppError('EVENTBUS_PHOTO_FILE_TOO_LARGE', what);
}

/** The largest thumbnail's pixels: those of the picture itself are let go as soon as they are shrunk. */
async function decoded(file: Buffer, header: ImageHeader, { decoding }: ProcessingSurroundings): Promise<Pixels> {
  await decoding('begins');
  try {
    return shrunk(decodeImage(file, header), header);
  } finally {
    await decoding('ended');
  }
}

const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
