import type { ErrorEntry } from './entry.ts';

/** Why a photo failed, or an upload was refused. The owner of a photo reads these texts. */
export const photoErrors = {
  EVENTBUS_PHOTO_FORMAT_UNSUPPORTED: {
    summary: 'the file is no picture of a kind that can be processed',
    remedy: 'Upload a JPEG or PNG file.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_PHOTO_IMAGE_CORRUPT: {
    summary: 'the picture is damaged',
    remedy: 'Open and save it again with a program that shows it, and upload the new file.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_PHOTO_TOO_MANY_PIXELS: {
    summary: 'the picture is too large to be processed',
    remedy: 'Upload a smaller version of it.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_PHOTO_FILE_TOO_LARGE: {
    summary: 'the file is too large',
    remedy: 'Upload a smaller version of the picture.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_PHOTO_FILE_MISSING: {
    summary: 'the uploaded file is no longer there',
    remedy: 'Upload the picture again.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_PHOTO_GAVE_UP: {
    summary: 'the picture could not be processed in several attempts',
    remedy: 'Open and save it again with another program, and upload the new file.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_PHOTO_EVENT_INVALID: {
    summary: 'the event announces no photo',
    remedy: 'Publish photo.uploaded with photoId and userId, and the photo id as the key.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_PHOTO_OUT_OF_TIME: {
    summary: 'the time of the invocation is used up before all photos are processed',
    remedy: 'The rest is delivered again; when this happens often, lower the batch size of photo-processor.',
    failure: 'transient',
    status: 503,
  },
  EVENTBUS_PHOTO_UPLOAD_INVALID: {
    summary: 'the upload cannot be used',
    remedy:
      'Send one picture as the body with its content-type image/jpeg or image/png, or several as files of multipart/form-data.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_PHOTO_UPLOAD_TOO_LARGE: {
    summary: 'the upload is too large',
    remedy: 'Send fewer pictures in one request.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_PHOTO_UPLOAD_BUSY: {
    summary: 'too many uploads are under way',
    remedy: 'Send it again in a few seconds, with the same Idempotency-Key.',
    failure: 'transient',
    status: 503,
  },
  EVENTBUS_PHOTO_UNKNOWN: {
    summary: 'you have no such photo',
    remedy: 'GET /photos lists yours; a photo is listed as soon as its processing begins.',
    failure: 'poison',
    status: 404,
  },
} as const satisfies Record<`EVENTBUS_PHOTO_${string}`, ErrorEntry>;
