import { subscribersQueueName } from '../catalogue/queue-consumers.ts';
import { AppError } from '../core/errors/app-error.ts';
import { makeSqsDeadLetterQueue } from '../ports/dead-letter-queue/dead-letter-queue.sqs.ts';
import type { DeadLetterQueue } from '../ports/dead-letter-queue/dead-letter-queue.ts';
import { objectStoreFromUrl } from '../ports/object-store/object-store.from-url.ts';
import type { DeadLetters, QueueOfLetters } from './options.ts';

/** The queue of the bus that `npm start` runs on this machine. */
export const localLetters: QueueOfLetters = { queueUrl: `http://127.0.0.1:9324/000000000000/${subscribersQueueName}` };

/** The queue that a subscription's letters go to; undefined for `hold`. */
export function openLetters(letters: DeadLetters, defaultObjects: string | undefined): DeadLetterQueue | undefined {
  if (letters === 'hold') return undefined;
  if (typeof letters === 'function') return { send: (list) => letters(list) };
  const { queueUrl, objects = defaultObjects } = letters;
  if (!URL.canParse(queueUrl)) {
    throw new AppError('EVENTBUS_SDK_OPTION_INVALID', `deadLetters.queueUrl is "${queueUrl}", allowed is a URL`);
  }
  return makeSqsDeadLetterQueue({
    queueUrl,
    ...(isEmbedded(queueUrl) ? { clientConfig: embeddedClient } : {}),
    objects: () => {
      if (objects !== undefined) return objectStoreFromUrl(objects);
      const what = 'a letter is larger than a message of the queue, and the option objects is not set';
      throw new AppError('EVENTBUS_SDK_DEAD_LETTERS_MISSING', what);
    },
  });
}

/** The embedded queue checks no signatures, but the AWS SDK wants something to sign with. */
const embeddedClient = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

function isEmbedded(queueUrl: string): boolean {
  const { protocol, hostname } = new URL(queueUrl);
  return protocol === 'http:' && (hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.'));
}
