import { createHash, randomUUID } from 'node:crypto';
import type { PhotoEvent } from '../../catalogue/events.generated.ts';
import { uuidsIn } from '../../codec/name-based-uuid.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { emptyPhotoEvent } from '../../core/photos/empty-photo-event.ts';
import { originalKey } from '../../core/photos/photo-objects.ts';
import type { EventPublisher, OutgoingEvent } from '../../kafka/publisher.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import type { PhotoAnswer, PhotoCall } from './photo-call.ts';
import { readUpload, type UploadedFile } from './read-upload.ts';

export interface UploadSinks {
  readonly objects: Pick<ObjectStore, 'put'>;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  /** ms since 1970-01-01 UTC */
  readonly clock: () => number;
}

/** An accepted photo as the answer names it. */
export interface AcceptedPhoto {
  readonly photoId: string;
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}

/** The answer to an upload. */
export interface AcceptedUpload {
  /** Absent for a single photo. */
  readonly batchId: string | null;
  readonly photos: readonly AcceptedPhoto[];
}

const uploadIds = uuidsIn('5b8c29f4-6f0e-5f4c-8d3a-94f1f6b5ad01');
const maxKeyLength = 200;

/**
 * Stores the files and then announces them: whoever gets the answer knows that both are durable. With the header
 * `Idempotency-Key` the same upload again gives the same ids, and is processed once.
 *
 * @throws AppError of the areas PHOTO, OBJECT or KAFKA
 */
export async function acceptUpload(call: PhotoCall, { objects, publisher, clock }: UploadSinks): Promise<PhotoAnswer> {
  const files = await readUpload(call);
  const upload = named(files, requestName(call));
  const user = call.caller.subject;
  // One after another: an upload has few files, and each is in memory already.
  for (const [index, { photoId, contentType }] of upload.photos.entries()) {
    const { bytes } = files[index] as UploadedFile;
    await objects.put(originalKey(user, photoId), bytes, { contentType });
  }
  const time = new Date(clock()).toISOString();
  const traceparent = call.headers['traceparent'];
  await publisher.publish(upload.photos.map((photo) => announcement(photo, upload, { user, time, traceparent })));
  return { status: 202, body: upload };
}

/** Name that all ids of the upload are made of. */
function requestName({ caller, headers }: PhotoCall): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return randomUUID();
  if (key.length > 0 && key.length <= maxKeyLength) return JSON.stringify([caller.subject, key]);
  const what = `the Idempotency-Key has ${key.length} characters, allowed are 1 to ${maxKeyLength}`;
  throw new AppError('EVENTBUS_PHOTO_UPLOAD_INVALID', what);
}

/** The content is part of the name: the key of one upload used for another gives other photos. */
function named(files: readonly UploadedFile[], request: string): AcceptedUpload {
  const digests = files.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
  return {
    batchId: files.length === 1 ? null : uploadIds(`batch\n${request}\n${digests.join('\n')}`),
    photos: files.map(({ filename, contentType, bytes }, index) => ({
      photoId: uploadIds(`photo\n${request}\n${index}\n${digests[index] ?? ''}`),
      filename,
      contentType,
      sizeBytes: bytes.length,
    })),
  };
}

interface Occasion {
  readonly user: string;
  readonly time: string;
  readonly traceparent: string | undefined;
}

function announcement(
  { photoId, filename, contentType, sizeBytes }: AcceptedPhoto,
  { batchId, photos }: AcceptedUpload,
  { user: userId, time, traceparent }: Occasion,
): OutgoingEvent {
  const value: PhotoEvent = {
    ...emptyPhotoEvent,
    photoId,
    batchId,
    userId,
    filename,
    contentType,
    sizeBytes,
    storageUri: originalKey(userId, photoId),
    photosTotal: batchId === null ? null : photos.length,
    correlationId: batchId ?? photoId,
  };
  const event = { id: uploadIds(`uploaded\n${photoId}`), source: '/photos', type: 'photo.uploaded', time, traceparent };
  return {
    topic: 'photo.events.v1',
    key: photoId,
    subject: 'PhotoEvent',
    value,
    event: { ...event, subject: photoId },
  };
}
