import type { PhotoEvent } from '../../catalogue/events.generated.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { isUsableId, originalKey, photoPrefix } from '../../core/photos/photo-objects.ts';
import type { Item } from '../batch/processor.ts';

/** A photo that was announced, with everything its processing needs. */
export interface PhotoUpload {
  /** Id of the event that announced it; ids of derived events are made of it. */
  readonly eventId: string;
  readonly traceparent: string | undefined;
  readonly photoId: string;
  readonly userId: string;
  readonly batchId: string | null;
  /** Photos of the batch; null when the event does not say. */
  readonly photosTotal: number | null;
  readonly filename: string | null;
  readonly contentType: string | null;
  readonly sizeBytes: number | null;
  readonly correlationId: string | null;
  /** Where the file lies in the object store. */
  readonly key: string;
}

/**
 * Reads an event of type photo.uploaded.
 *
 * @throws AppError EVENTBUS_PHOTO_EVENT_INVALID
 */
export function photoUploadOf({ value, event, key, offset }: Item<PhotoEvent>): PhotoUpload {
  const invalid = invalidAt(offset);
  const { photoId, userId, batchId, photosTotal, filename, contentType, sizeBytes, storageUri, correlationId } = value;
  if (!isUsableId(photoId)) throw invalid('photoId', photoId);
  if (!isUsableId(userId)) throw invalid('userId', userId);
  if (batchId !== null && !isUsableId(batchId)) throw invalid('batchId', batchId);
  if (photosTotal !== null && photosTotal < 1) throw invalid('photosTotal', String(photosTotal));
  if (key !== photoId) throw invalid('the key of the record', key);
  if (storageUri !== null && !storageUri.startsWith(photoPrefix)) throw invalid('storageUri', storageUri);
  return {
    eventId: event.id,
    traceparent: event.traceparent,
    photoId,
    userId,
    batchId,
    photosTotal,
    filename,
    contentType,
    sizeBytes,
    correlationId,
    key: storageUri ?? originalKey(userId, photoId),
  };
}

const needed: Readonly<Record<string, string>> = {
  storageUri: `a key below ${photoPrefix}`,
  photosTotal: 'at least 1',
  'the key of the record': 'its photoId',
};

function invalidAt(offset: number) {
  return (field: string, got: string | null): AppError => {
    const value = got === null ? 'is missing' : `is ${JSON.stringify(got.slice(0, 100))}`;
    const what = `${field} ${value}, needed is ${needed[field] ?? 'text of 1 to 128 characters'}`;
    return new AppError('EVENTBUS_PHOTO_EVENT_INVALID', what, { details: { offset } });
  };
}
