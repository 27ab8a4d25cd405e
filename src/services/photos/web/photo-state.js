/**
 * What the page knows of photos and batches. Events may come twice, by several ways (live, kept while away, a list that
 * was loaded meanwhile) and therefore out of order: a photo only ever moves forward, so that the order does not matter.
 */

const ended = 1_000;

export function makePhotoState() {
  return { photos: new Map(), batches: new Map() };
}

/** Applies an event of the gateway; answers whether anything changed. */
export function applyEvent(state, { name, data, time }) {
  const at = Date.parse(time);
  switch (name) {
    case 'photo:uploaded':
      noteBatch(state, data.batchId, { total: data.photosTotal, at });
      return moveForward(state, { ...known(data), rank: 0, state: 'waiting', progress: 0, at });
    case 'photo:processing.started':
      return moveForward(state, { ...known(data), rank: 1, state: 'processing', stage: 'QUEUED', progress: 0, at });
    case 'photo:processing.progress':
      return moveForward(state, {
        ...known(data),
        rank: 2 + data.progress,
        state: 'processing',
        stage: data.currentStage,
        progress: data.progress,
        at,
      });
    case 'photo:processing.completed':
      return moveForward(state, { ...known(data), ...completed(data), at });
    case 'photo:processing.failed':
      return moveForward(state, { ...known(data), ...failed(data), at });
    case 'batch:processing.completed':
      return noteBatch(state, data.batchId, { total: data.photosTotal, completed: true, at });
    default:
      return false;
  }
}

/** Applies the list of the photo service: what happened before the page listened. */
export function applyList(state, { photos, batches }) {
  for (const { batchId, photosTotal, completed: done } of batches) {
    const listed = photos.filter((photo) => photo.batchId === batchId).length;
    // The list has an end: what it leaves out of a batch that is done has ended too.
    noteBatch(state, batchId, { total: photosTotal, completed: done, unlisted: done ? photosTotal - listed : 0 });
  }
  for (const photo of photos) {
    const at = Date.parse(photo.begunAt);
    if (photo.batchId !== null) noteBatch(state, photo.batchId, { at });
    const now = { completed: completed(photo), failed: failed(photo) }[photo.state] ?? {
      rank: 2 + photo.progress,
      state: 'processing',
      stage: photo.currentStage,
      progress: photo.progress,
    };
    moveForward(state, { ...known(photo), ...now, at });
  }
}

/** Applies the answer to an upload, which may come before its events or behind them. */
export function applyUpload(state, { batchId, photos }, at) {
  noteBatch(state, batchId, { total: photos.length, at });
  for (const photo of photos) {
    moveForward(state, { ...known({ ...photo, batchId }), rank: 0, state: 'waiting', progress: 0, at });
  }
}

/** Uploads for the page, the newest first: each a batch, or a photo on its own. */
export function uploadsOf({ photos, batches }) {
  const uploads = new Map();
  for (const photo of photos.values()) {
    const id = photo.batchId ?? photo.photoId;
    const upload = uploads.get(id) ?? { id, photos: [], at: photo.at, total: 1, completed: false };
    upload.photos.push(photo);
    upload.at = Math.min(upload.at, photo.at);
    uploads.set(id, upload);
  }
  for (const upload of uploads.values()) {
    const batch = batches.get(upload.id);
    upload.isBatch = batch !== undefined;
    upload.total = Math.max(batch?.total ?? 1, upload.photos.length);
    upload.succeeded = upload.photos.filter(({ state }) => state === 'completed').length;
    upload.failed = upload.photos.filter(({ state }) => state === 'failed').length;
    const over = upload.succeeded + upload.failed;
    // The batch's end may be told before its photos' ends, and before anything of some: they lie in different partitions.
    const all = over === upload.photos.length && over + (batch?.unlisted ?? 0) >= upload.total;
    upload.completed = batch?.completed !== false && all;
    upload.progress = upload.photos.reduce((sum, { progress }) => sum + progress, 0) / upload.total;
    upload.photos.sort(
      (left, right) => left.filename.localeCompare(right.filename) || (left.photoId < right.photoId ? -1 : 1),
    );
  }
  return [...uploads.values()].sort((left, right) => right.at - left.at);
}

const completed = ({ thumbnails, widthPx, heightPx }) => ({
  rank: ended,
  state: 'completed',
  stage: 'DONE',
  progress: 100,
  thumbnails: thumbnails ?? [],
  widthPx,
  heightPx,
});

const failed = ({ errorCode, errorDetail }) => ({
  rank: ended,
  state: 'failed',
  stage: 'DONE',
  progress: 100,
  errorCode,
  errorDetail,
});

const known = ({ photoId, batchId, filename, sizeBytes }) => ({
  photoId,
  batchId: batchId ?? null,
  filename: filename ?? 'photo',
  sizeBytes: sizeBytes ?? null,
});

function moveForward({ photos }, next) {
  const before = photos.get(next.photoId);
  if (before !== undefined && before.rank >= next.rank) {
    // The earliest time that any event told is when it was uploaded.
    before.at = Math.min(before.at, next.at);
    return false;
  }
  photos.set(next.photoId, { ...before, ...next, at: Math.min(before?.at ?? next.at, next.at) });
  return true;
}

function noteBatch({ batches }, batchId, { total, completed = false, unlisted = 0, at }) {
  if (batchId === null || batchId === undefined) return false;
  const before = batches.get(batchId);
  const batch = {
    total: total ?? before?.total,
    completed: completed || before?.completed === true,
    unlisted: Math.max(unlisted, before?.unlisted ?? 0),
    at: Math.min(at ?? Number.POSITIVE_INFINITY, before?.at ?? Number.POSITIVE_INFINITY),
  };
  batches.set(batchId, batch);
  return before?.completed !== batch.completed || before?.total !== batch.total;
}
