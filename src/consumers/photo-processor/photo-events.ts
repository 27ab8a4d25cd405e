import type { PhotoEvent } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import type { AppError } from '../../core/errors/app-error.ts';
import { emptyPhotoEvent } from '../../core/photos/empty-photo-event.ts';
import type { ImageHeader } from '../../core/photos/image-header.ts';
import { thumbnailPath } from '../../core/photos/photo-objects.ts';
import { endedStep, type ProgressStep, startedStep } from '../../core/photos/processing-steps.ts';
import { shownSize } from '../../core/photos/thumbnail-sizes.ts';
import type { OutgoingEvent } from '../../kafka/publisher.ts';
import type { ThumbnailFile } from './make-thumbnails.ts';
import type { FinishedBatch } from './photo-store.ts';
import type { PhotoUpload } from './photo-upload.ts';

export const photoProcessor = 'photo-processor';
export const photoTopic = 'photo.events.v1';

/** An event of a photo's processing, with the number of its step. */
export interface StepEvent {
  readonly step: number;
  readonly type: string;
  readonly value: Partial<PhotoEvent>;
}

export const startedEvent = (attempt: number): StepEvent => ({
  step: startedStep,
  type: 'photo.processing.started',
  value: { currentStage: 'QUEUED', progress: 0, attempt },
});

export const progressEvent = ({ step, stage, percent }: ProgressStep): StepEvent => ({
  step,
  type: 'photo.processing.progress',
  value: { currentStage: stage, progress: percent },
});

/** What a photo was made into. */
export interface Processed {
  readonly header: ImageHeader;
  readonly thumbnails: readonly ThumbnailFile[];
  readonly durationMs: number;
}

export function completedEvent({ photoId }: PhotoUpload, { header, thumbnails, durationMs }: Processed): StepEvent {
  return {
    step: endedStep,
    type: 'photo.processing.completed',
    value: {
      ...shownSize(header),
      contentType: `image/${header.format}`,
      currentStage: 'DONE',
      progress: 100,
      durationMs,
      thumbnails: thumbnails.map(({ name, widthPx, heightPx }) => ({
        url: thumbnailPath(photoId, name),
        widthPx,
        heightPx,
        contentType: 'image/jpeg',
      })),
    },
  };
}

export const failedEvent = ({ code, message }: AppError): StepEvent => ({
  step: endedStep,
  type: 'photo.processing.failed',
  value: { errorCode: code, errorDetail: message, retryable: false },
});

/** A step's event for the log; its id is made of the upload's and the step, so that a repeated one is the same. */
export function outgoing(upload: PhotoUpload, { step, type, value }: StepEvent, nowMs: number): OutgoingEvent {
  const { photoId, batchId, userId, filename, contentType, sizeBytes, correlationId, traceparent } = upload;
  return {
    topic: photoTopic,
    key: photoId,
    subject: 'PhotoEvent',
    value: { ...emptyPhotoEvent, photoId, batchId, userId, filename, contentType, sizeBytes, correlationId, ...value },
    event: {
      id: derivedId(upload.eventId, photoProcessor, step),
      source: `/${photoProcessor}`,
      type,
      time: new Date(nowMs).toISOString(),
      subject: photoId,
      traceparent,
    },
  };
}

/** The end of a batch; whichever of its photos ends last, and however often it is told, the event is the same. */
export function batchEvent(batch: FinishedBatch, upload: PhotoUpload, nowMs: number): OutgoingEvent {
  const { batchId, userId, photosTotal, photosSucceeded, photosFailed } = batch;
  const { correlationId, traceparent } = upload;
  return {
    topic: photoTopic,
    key: batchId,
    subject: 'PhotoEvent',
    value: { ...emptyPhotoEvent, batchId, userId, photosTotal, photosSucceeded, photosFailed, correlationId },
    event: {
      id: derivedId(`batch/${batchId}`, photoProcessor, endedStep),
      source: `/${photoProcessor}`,
      type: 'batch.processing.completed',
      time: new Date(nowMs).toISOString(),
      subject: batchId,
      traceparent,
    },
  };
}
