import type { PhotoEvent } from '../../catalogue/events.generated.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { photoLimits } from '../../core/photos/photo-limits.ts';
import { endedStep } from '../../core/photos/processing-steps.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import type { RecordSkips } from '../batch/addressed.ts';
import type { BatchProcessor, Item, Outcome, SkipReason } from '../batch/processor.ts';
import { batchEvent, failedEvent, outgoing, photoProcessor, type StepEvent, startedEvent } from './photo-events.ts';
import type { PhotoProgress, PhotoStore } from './photo-store.ts';
import { type PhotoUpload, photoUploadOf } from './photo-upload.ts';
import { processPhoto } from './process-photo.ts';

export interface PhotoProcessorDependencies {
  readonly store: PhotoStore;
  readonly publisher: Pick<EventPublisher, 'publish'>;
  readonly objects: Pick<ObjectStore, 'get' | 'put'>;
  readonly recordSkips: RecordSkips;
  /** ms since 1970-01-01 UTC */
  readonly clock: () => number;
}

const uploaded = 'photo.uploaded';

/**
 * Processes announced photos one after another and tells every step in the log, from which it goes on after a crash: a
 * step whose event is there is not told again, and one that may be there is told with the same id. Events of other types,
 * its own among them, are skipped.
 */
export function makePhotoProcessor(dependencies: PhotoProcessorDependencies): BatchProcessor<PhotoEvent> {
  return {
    async apply({ topic, partition, items }, signal) {
      const outcomes: Outcome[] = [];
      const skips = items.filter(({ event }) => event.type !== uploaded).map((item) => skipOf(item, 'filtered'));
      for (const item of items) {
        if (item.event.type !== uploaded) outcomes.push({ fate: 'skipped', reason: 'filtered' });
        else outcomes.push(await applyUpload(item, dependencies, signal));
      }
      const repeated = items
        .filter((_, index) => isDuplicate(outcomes[index]))
        .map((item) => skipOf(item, 'duplicate'));
      await dependencies.recordSkips({ consumer: photoProcessor, topic, partition }, [...skips, ...repeated]);
      return outcomes;
    },
  };
}

const isDuplicate = (outcome: Outcome | undefined) => outcome?.fate === 'skipped' && outcome.reason === 'duplicate';

function skipOf({ offset, event }: Item<PhotoEvent>, reason: SkipReason) {
  return { offset, item: -1, eventId: event.id, reason, detail: reason === 'filtered' ? event.type : null };
}

async function applyUpload(
  item: Item<PhotoEvent>,
  dependencies: PhotoProcessorDependencies,
  signal: AbortSignal,
): Promise<Outcome> {
  const upload = photoUploadOf(item);
  if (signal.aborted) throw new AppError('EVENTBUS_PHOTO_OUT_OF_TIME', `stopped before offset ${item.offset}`);
  const progress = await dependencies.store.begin(upload);
  if (progress === null) return { fate: 'skipped', reason: 'duplicate' };
  if (progress.step < endedStep) await new PhotoRun(upload, progress, dependencies).run();
  if (upload.batchId !== null) await announceBatch(upload, dependencies);
  return { fate: 'applied' };
}

/** One attempt to process one photo. */
class PhotoRun {
  readonly #upload: PhotoUpload;
  readonly #progress: PhotoProgress;
  readonly #with: PhotoProcessorDependencies;

  constructor(upload: PhotoUpload, progress: PhotoProgress, dependencies: PhotoProcessorDependencies) {
    this.#upload = upload;
    this.#progress = progress;
    this.#with = dependencies;
  }

  async run(): Promise<void> {
    const { store } = this.#with;
    await this.#tell(startedEvent(this.#progress.attempt));
    const last = await this.#processed();
    await this.#publish(last);
    await store.ended(this.#upload, last);
  }

  /** The event of the end, good or bad; throws what is not the photo's fault. */
  async #processed(): Promise<StepEvent> {
    const { objects, store, clock } = this.#with;
    const { decodings } = this.#progress;
    try {
      if (decodings >= photoLimits.decodings) {
        throw new AppError('EVENTBUS_PHOTO_GAVE_UP', `the processing ended without an answer ${decodings} times`);
      }
      return await processPhoto(this.#upload, {
        objects,
        clock,
        tell: (event) => this.#tell(event),
        decoding: (phase) => store.decoding(this.#upload.photoId, phase),
      });
    } catch (error) {
      if (error instanceof AppError && error.code.startsWith('EVENTBUS_PHOTO_')) return failedEvent(error);
      throw error;
    }
  }

  /** Publishes a step's event and notes it, unless an earlier attempt did. */
  async #tell(event: StepEvent): Promise<void> {
    if (event.step <= this.#progress.step) return;
    await this.#publish(event);
    await this.#with.store.advanced(this.#upload.photoId, event);
  }

  async #publish(event: StepEvent): Promise<void> {
    await this.#with.publisher.publish([outgoing(this.#upload, event, this.#with.clock())]);
  }
}

/** The photo that ended last tells the end of the batch; after a crash in between, the redelivery of that photo does. */
async function announceBatch(
  upload: PhotoUpload,
  { store, publisher, clock }: PhotoProcessorDependencies,
): Promise<void> {
  const finished = await store.unannounced(upload);
  if (finished === null) return;
  await publisher.publish([batchEvent(finished, upload, clock())]);
  await store.announced(finished.batchId);
}
