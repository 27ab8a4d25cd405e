import type { PhotoEvent } from '../../catalogue/events.generated.ts';

/** An event that says nothing yet. */
export const emptyPhotoEvent: PhotoEvent = {
  photoId: null,
  batchId: null,
  userId: null,
  filename: null,
  contentType: null,
  sizeBytes: null,
  widthPx: null,
  heightPx: null,
  storageUri: null,
  progress: null,
  currentStage: null,
  thumbnails: [],
  durationMs: null,
  attempt: null,
  errorCode: null,
  errorDetail: null,
  retryable: null,
  photosTotal: null,
  photosSucceeded: null,
  photosFailed: null,
  correlationId: null,
};
