import type { Logger } from 'pino';
import { failedInvocationsQueueName, queueConsumers } from '../../catalogue/queue-consumers.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makeFolderObjectStore } from '../../ports/object-store/object-store.folder.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import type { FunctionHandle } from '../functions/function-host.ts';
import { notifyingStore } from '../queue-source/bucket-notifications.ts';
import { type QueueSource, startQueueSource } from '../queue-source/queue-source.ts';
import { type Engines, queueNames } from './engines.ts';
import { folders, type PlatformSettings } from './settings.ts';

export interface DeadLettersOptions {
  readonly engines: Pick<Engines, 'queue'>;
  readonly functions: ReadonlyMap<string, FunctionHandle>;
  readonly settings: Pick<PlatformSettings, 'dataDir'>;
  readonly log: Logger;
}

export interface DeadLetters {
  /** The bucket of failed invocations: what is put there becomes letters. */
  readonly objects: ObjectStore;
  readonly source: QueueSource;
  close(): Promise<void>;
}

/** Feeds the dead-letter processor from the queues, and from records of failed invocations that nobody told of yet. */
export async function startDeadLetters(options: DeadLettersOptions): Promise<DeadLetters> {
  const { engines, functions, settings } = options;
  const log = options.log.child({ part: 'dead-letters' });
  const { queue } = engines;
  const objects = notifyingStore({
    objects: makeFolderObjectStore({ directory: folders(settings.dataDir).objects }),
    endpoint: queue.url,
    queueUrl: queue.queueUrl(failedInvocationsQueueName),
  });
  const untold = await objects.announceAll();
  if (untold > 0) log.info({ records: untold }, 'records of failed invocations are left from before');
  const [consumer] = queueConsumers;
  const target = functions.get(consumer.name);
  if (target === undefined) throw new AppError('EVENTBUS_SOURCE_FUNCTION_MISSING', consumer.name);
  const queues = queueNames().map((name) => ({ name, url: queue.queueUrl(name) }));
  const source = startQueueSource({ endpoint: queue.url, queues, consumer, target, log });
  return { objects, source, close: () => source.close() };
}
