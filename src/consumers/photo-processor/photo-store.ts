import { onConnection, type Pool, type PoolClient } from '../../postgres/pool.ts';
import { storableJson, storableText } from '../../postgres/storable-text.ts';
import type { StepEvent } from './photo-events.ts';
import type { PhotoUpload } from './photo-upload.ts';

/** How far the processing of a photo has come. */
export interface PhotoProgress {
  /** Last step whose event is in the log; 0 before the first. */
  readonly step: number;
  /** Number of this attempt, 1 for the first. */
  readonly attempt: number;
  /** Attempts to decode in which the function ended. */
  readonly decodings: number;
}

/** A batch whose photos have all ended. */
export interface FinishedBatch {
  readonly batchId: string;
  readonly userId: string;
  readonly photosTotal: number;
  readonly photosSucceeded: number;
  readonly photosFailed: number;
}

/** Where the processor keeps how far photos and batches are. */
export interface PhotoStore {
  /** Begins an attempt; `null` when another event announced this photo before. */
  begin(upload: PhotoUpload): Promise<PhotoProgress | null>;
  /** Notes that the event of a step is in the log. */
  advanced(photoId: string, event: StepEvent): Promise<void>;
  /** Notes that decoding begins or has come to an end, well or not. */
  decoding(photoId: string, phase: 'begins' | 'ended'): Promise<void>;
  /** Notes the last step, and counts the photo in its batch; once, however often it is called. */
  ended(upload: PhotoUpload, event: StepEvent): Promise<void>;
  /**
   * The photo's batch, when this photo was the last one to end and that is not announced yet: of photos that end at the
   * same time exactly one is the last.
   */
  unannounced(upload: PhotoUpload): Promise<FinishedBatch | null>;
  /** Notes that the end of the batch is in the log. */
  announced(batchId: string): Promise<void>;
}

const beginSql = `
  with batch as (
    insert into photo_batch (batch_id, user_id, photos_total)
    select $4, $3, $7 where $4::text is not null and $7::integer is not null
    on conflict do nothing
  )
  insert into photo as p (photo_id, event_id, user_id, batch_id, filename, size_bytes)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (photo_id) do update set attempt = p.attempt + case when p.ended_at is null then 1 else 0 end
    where p.event_id = excluded.event_id
  returning step, attempt, decodings`;

const advancedSql = `
  update photo set step = $2, stage = coalesce($3, stage), progress = coalesce($4, progress)
  where photo_id = $1 and step < $2`;

/** The photo's row is the guard: only the statement that ends it counts it. */
const endedSql = `
  with photo_ended as (
    update photo
    set state = $2, step = $3, stage = 'DONE', progress = 100, width_px = $4, height_px = $5, thumbnails = $6::jsonb,
        error_code = $7, error_detail = $8, ended_at = now()
    where photo_id = $1 and ended_at is null
    returning photo_id, batch_id, state
  )
  update photo_batch as b
  set photos_succeeded = photos_succeeded + case when e.state = 'completed' then 1 else 0 end,
      photos_failed = photos_failed + case when e.state = 'failed' then 1 else 0 end,
      closed_by = case when photos_succeeded + photos_failed + 1 = photos_total then e.photo_id else b.closed_by end
  from photo_ended as e where b.batch_id = e.batch_id`;

const unannouncedSql = `
  select batch_id as "batchId", user_id as "userId", photos_total as "photosTotal",
         photos_succeeded as "photosSucceeded", photos_failed as "photosFailed"
  from photo_batch
  where batch_id = $1 and closed_by = $2 and not announced`;

export function makePostgresPhotoStore(pool: Pool): PhotoStore {
  const run = (text: string, values: readonly unknown[]) =>
    onConnection(pool, async (client) => {
      await client.query(text, [...values]);
    });
  return {
    begin: (upload) => onConnection(pool, (client) => begin(client, upload)),
    advanced: (photoId, { step, value }) =>
      run(advancedSql, [photoId, step, value.currentStage ?? null, value.progress ?? null]),
    decoding: (photoId, phase) =>
      run(`update photo set decodings = ${phase === 'begins' ? 'decodings + 1' : '0'} where photo_id = $1`, [photoId]),
    ended: ({ photoId }, event) => onConnection(pool, (client) => ended(client, photoId, event)),
    unannounced: ({ batchId, photoId }) =>
      onConnection(pool, async (client) => {
        const found = await client.query<FinishedBatch>(unannouncedSql, [batchId, photoId]);
        return found.rows[0] ?? null;
      }),
    announced: (batchId) => run('update photo_batch set announced = true where batch_id = $1', [batchId]),
  };
}

async function begin(client: PoolClient, upload: PhotoUpload): Promise<PhotoProgress | null> {
  const { photoId, eventId, userId, batchId, filename, sizeBytes, photosTotal } = upload;
  const name = filename === null ? null : storableText(filename);
  const values = [photoId, storableText(eventId), userId, batchId, name, sizeBytes, photosTotal];
  const found = await client.query<PhotoProgress>(beginSql, values);
  return found.rows[0] ?? null;
}

async function ended(client: PoolClient, photoId: string, { step, value }: StepEvent): Promise<void> {
  const { widthPx = null, heightPx = null, thumbnails = [], errorCode = null, errorDetail = null } = value;
  const state = errorCode === null ? 'completed' : 'failed';
  const detail = errorDetail === null ? null : storableText(errorDetail);
  await client.query(endedSql, [photoId, state, step, widthPx, heightPx, storableJson(thumbnails), errorCode, detail]);
}
