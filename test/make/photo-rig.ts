import type { PhotoEvent } from '../../src/catalogue/events.generated.ts';
import type { Item } from '../../src/consumers/batch/processor.ts';
import type { FinishedBatch, PhotoStore } from '../../src/consumers/photo-processor/photo-store.ts';
import { makePhotoProcessor } from '../../src/consumers/photo-processor/processor.ts';
import { emptyPhotoEvent } from '../../src/core/photos/empty-photo-event.ts';
import { originalKey } from '../../src/core/photos/photo-objects.ts';
import type { OutgoingEvent } from '../../src/kafka/publisher.ts';

/** The photo processor on memory; `interrupt` is asked before every effect and ends the attempt by throwing. */
export class PhotoRig {
  readonly log: OutgoingEvent<'PhotoEvent'>[] = [];
  readonly files = new Map<string, Uint8Array>();
  readonly skips: string[] = [];
  readonly store = new MemoryPhotoStore(() => this.#effect());
  interrupt: (effect: number) => void = () => {};
  #effects = 0;

  readonly #processor = makePhotoProcessor({
    store: this.store,
    publisher: {
      publish: async (events) => {
        this.#effect();
        this.log.push(...(events as OutgoingEvent<'PhotoEvent'>[]));
      },
    },
    objects: {
      get: async (key) => {
        const file = this.files.get(key);
        return file === undefined ? null : Buffer.from(file);
      },
      put: async (key, bytes) => {
        this.#effect();
        this.files.set(key, bytes);
      },
    },
    recordSkips: async (_at, skips) => {
      this.skips.push(...skips.map(({ offset, reason }) => `${offset} ${reason}`));
    },
    clock: () => 1_700_000_000_000,
  });

  get effects(): number {
    return this.#effects;
  }

  #effect(): void {
    this.#effects += 1;
    this.interrupt(this.#effects);
  }

  /** Delivers records as one batch. */
  apply(...items: readonly Item<PhotoEvent>[]) {
    return this.#processor.apply({ topic: 'photo.events.v1', partition: 0, items }, AbortSignal.any([]));
  }

  /** Types of the events in the log, with the percentages of progress. */
  told(photoId?: string): readonly string[] {
    const wanted = this.log.filter(({ value }) => photoId === undefined || value.photoId === photoId);
    return wanted.map(({ event: { type }, value }) =>
      type.endsWith('progress') ? `${value.currentStage} ${value.progress}` : type,
    );
  }
}

/** Puts a file where the upload of `photoId` by alice lies, and answers the record that announces it. */
export function uploaded(
  rig: PhotoRig,
  offset: number,
  { file, ...value }: Partial<PhotoEvent> & { readonly photoId: string; readonly file?: Uint8Array },
): Item<PhotoEvent> {
  if (file !== undefined) rig.files.set(originalKey('alice', value.photoId), file);
  return {
    topic: 'photo.events.v1',
    partition: 0,
    offset,
    timestampMs: 0,
    key: value.photoId,
    event: { id: `upload-of-${value.photoId}`, source: '/test', type: 'photo.uploaded', traceparent: undefined },
    value: { ...emptyPhotoEvent, userId: 'alice', ...value },
  };
}

interface Row {
  readonly eventId: string;
  readonly batchId: string | null;
  step: number;
  attempt: number;
  decodings: number;
  state: string;
}

class MemoryPhotoStore implements PhotoStore {
  readonly photos = new Map<string, Row>();
  readonly batches = new Map<
    string,
    { -readonly [Name in keyof FinishedBatch]: FinishedBatch[Name] } & { told: boolean; closedBy: string | null }
  >();
  readonly #effect: () => void;

  constructor(effect: () => void) {
    this.#effect = effect;
  }

  begin: PhotoStore['begin'] = async ({ photoId, eventId, batchId, userId, photosTotal }) => {
    this.#effect();
    const known = this.photos.get(photoId);
    if (known !== undefined && known.eventId !== eventId) return null;
    if (known !== undefined) known.attempt += known.state === 'processing' ? 1 : 0;
    const row = known ?? { eventId, batchId, step: 0, attempt: 1, decodings: 0, state: 'processing' };
    this.photos.set(photoId, row);
    if (batchId !== null && photosTotal !== null && !this.batches.has(batchId)) {
      this.batches.set(batchId, {
        batchId,
        userId,
        photosTotal,
        photosSucceeded: 0,
        photosFailed: 0,
        told: false,
        closedBy: null,
      });
    }
    return { ...row };
  };

  advanced: PhotoStore['advanced'] = async (photoId, { step }) => {
    this.#effect();
    const row = this.photos.get(photoId);
    if (row !== undefined) row.step = Math.max(row.step, step);
  };

  decoding: PhotoStore['decoding'] = async (photoId, phase) => {
    const row = this.photos.get(photoId);
    if (row !== undefined) row.decodings = phase === 'begins' ? row.decodings + 1 : 0;
    this.#effect();
  };

  ended: PhotoStore['ended'] = async ({ photoId, batchId }, { step, value }) => {
    this.#effect();
    const row = this.photos.get(photoId);
    if (row === undefined || row.state !== 'processing') return;
    row.step = step;
    row.state = (value.errorCode ?? null) === null ? 'completed' : 'failed';
    const batch = this.batches.get(batchId ?? '');
    if (batch === undefined) return;
    if (row.state === 'completed') batch.photosSucceeded += 1;
    else batch.photosFailed += 1;
    if (batch.photosSucceeded + batch.photosFailed === batch.photosTotal) batch.closedBy = photoId;
  };

  unannounced: PhotoStore['unannounced'] = async ({ batchId, photoId }) => {
    const batch = this.batches.get(batchId ?? '');
    return batch === undefined || batch.told || batch.closedBy !== photoId ? null : batch;
  };

  announced: PhotoStore['announced'] = async (batchId) => {
    this.#effect();
    const batch = this.batches.get(batchId);
    if (batch !== undefined) batch.told = true;
  };
}
