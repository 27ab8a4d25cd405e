import { AppError } from '../../core/errors/app-error.ts';
import { thumbnailKey } from '../../core/photos/photo-objects.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { onConnection, type Pool } from '../../postgres/pool.ts';
import type { Caller } from '../auth/token-verifier.ts';
import type { PhotoAnswer } from './photo-call.ts';

/** Photos that a list shows, the newest first. */
const listed = 200;

const columns = `
  photo_id as "photoId", batch_id as "batchId", filename, size_bytes as "sizeBytes", state, stage as "currentStage",
  progress, width_px as "widthPx", height_px as "heightPx", thumbnails, error_code as "errorCode",
  error_detail as "errorDetail", begun_at as "begunAt", ended_at as "endedAt"`;

const batchesSql = `
  select batch_id as "batchId", photos_total as "photosTotal", photos_succeeded as "photosSucceeded",
         photos_failed as "photosFailed", photos_succeeded + photos_failed >= photos_total as completed
  from photo_batch where batch_id = any($1::text[]) and user_id = $2`;

interface ListedPhoto {
  readonly batchId: string | null;
}

/** The caller's newest photos and their batches, as far as their processing has begun. */
export async function listPhotos({ subject }: Caller, pool: Pool): Promise<PhotoAnswer> {
  return onConnection(pool, async (client) => {
    const text = `select ${columns} from photo where user_id = $1 order by begun_at desc, photo_id limit ${listed}`;
    const { rows: photos } = await client.query<ListedPhoto>(text, [subject]);
    const ids = [...new Set(photos.flatMap(({ batchId }) => batchId ?? []))];
    const { rows: batches } = await client.query(batchesSql, [ids, subject]);
    return { status: 200, body: { photos, batches } };
  });
}

/** @throws AppError EVENTBUS_PHOTO_UNKNOWN also when it is somebody else's */
export async function getPhoto({ subject }: Caller, photoId: string, pool: Pool): Promise<PhotoAnswer> {
  const text = `select ${columns} from photo where photo_id = $1 and user_id = $2`;
  const found = await onConnection(pool, (client) => client.query(text, [photoId.replaceAll('\0', ''), subject]));
  if (found.rows[0] === undefined) throw unknown(photoId);
  return { status: 200, body: found.rows[0] };
}

/** A thumbnail's file; the caller's own id is part of its key, so that nobody else's can be asked for. */
export async function getThumbnail(
  { subject }: Caller,
  { photoId = '', name = '' }: Readonly<Record<string, string>>,
  objects: Pick<ObjectStore, 'get'>,
): Promise<PhotoAnswer> {
  if (!/^\d{1,5}\.jpg$/.test(name) || photoId.length > 128) throw unknown(photoId);
  const body = await objects.get(thumbnailKey(subject, photoId, name));
  if (body === null) throw unknown(photoId);
  return { status: 200, headers: { 'content-type': 'image/jpeg', 'cache-control': 'private, max-age=3600' }, body };
}

function unknown(photoId: string): AppError {
  return new AppError('EVENTBUS_PHOTO_UNKNOWN', `"${photoId.slice(0, 128)}"`);
}
