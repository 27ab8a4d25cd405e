import type { SendMessageBatchRequestEntry, SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { sizeGroups } from '../../core/size-groups.ts';
import { boundedRequests } from '../bounded-requests.ts';
import type { ObjectStore } from '../object-store/object-store.ts';
import { putLetter } from '../object-store/stored-letter.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

/** Largest message, and largest sum of messages in one request, that SQS takes: 1 MiB (raised from 256 KiB in 2025). */
export const maxMessageBytes = 1_048_576;
const maxBatchEntries = 10;
/** Requests under way at once. */
const maxParallel = 4;
/** Tries for entries that the service did not take for reasons of its own. */
const maxTries = 3;
/** An id comes from a header, which may be as long as the record. */
const maxEventIdLength = 1_000;

export interface SqsDeadLetterQueueOptions {
  /** URL of the queue; its host is where requests go. */
  readonly queueUrl: string;
  /** @default a client that takes region, credentials and `AWS_ENDPOINT_URL_SQS` from the environment, as the SDK does */
  readonly client?: SQSClient;
  /** Settings of the client that is made when `client` is absent. @default what the SDK finds */
  readonly clientConfig?: SQSClientConfig;
  /** Keeps what is too large for a message; asked for with the first letter of that size. */
  readonly objects: () => ObjectStore;
}

/**
 * Dead letters as SQS messages, one letter a message, JSON. The SDK is loaded with the first letter: a function that
 * never fails never pays for it. A letter above SQS's limit goes to the object store, and a message without its key,
 * value and headers says where it is (claim check). Failures are `EVENTBUS_CONSUMER_DEAD_LETTERS_UNAVAILABLE`
 * (dependency), or those of the store: some of the letters may have been taken, so that sending all again is at
 * least once.
 */
export function makeSqsDeadLetterQueue(options: SqsDeadLetterQueueOptions): DeadLetterQueue {
  const { queueUrl, objects } = options;
  let loading: Promise<Sender> | undefined;
  return {
    async send(letters, { signal } = {}) {
      if (letters.length === 0) return;
      loading ??= loadSender(options);
      const send = await loading;
      const bodies: string[] = [];
      // One after the other: letters of this size are rare, and several would take memory side by side.
      for (const letter of letters) bodies.push(await messageOf(letter, objects));
      // SQS's limits: ten entries and 1 MiB a request.
      const limits = { maxSize: maxMessageBytes, maxItems: maxBatchEntries };
      const batches = [...sizeGroups(bodies, (body) => Buffer.byteLength(body), limits)];
      for (let at = 0; at < batches.length; at += maxParallel) {
        await Promise.all(
          batches
            .slice(at, at + maxParallel)
            .map((batch) => sendBatch(batch, (entries) => send(entries, signal), queueUrl)),
        );
      }
    },
  };
}

interface Rejected {
  readonly id: string;
  readonly reason: string;
  readonly senderFault: boolean;
}

/** Sends up to ten messages and answers the ones that were not taken. */
type Sender = (entries: readonly SendMessageBatchRequestEntry[], signal?: AbortSignal) => Promise<readonly Rejected[]>;

async function loadSender({ queueUrl, client, clientConfig = {} }: SqsDeadLetterQueueOptions): Promise<Sender> {
  const { SendMessageBatchCommand, SQSClient: Client } = await import('@aws-sdk/client-sqs');
  const sqs = client ?? new Client({ ...boundedRequests, ...clientConfig });
  return async (entries, signal) => {
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] });
    const { Failed = [] } = await sqs.send(command, { abortSignal: signal });
    return Failed.map(({ Id = '', Code = '', Message = '', SenderFault = false }) => ({
      id: Id,
      reason: `${Code} ${Message}`.trim(),
      senderFault: SenderFault,
    }));
  };
}

async function sendBatch(bodies: readonly string[], send: Sender, queueUrl: string): Promise<void> {
  let entries = bodies.map((body, index) => ({ Id: String(index), MessageBody: body }));
  for (let attempt = 1; ; attempt += 1) {
    const rejected = await send(entries).catch((cause: unknown) => {
      throw unavailable(`${queueUrl}: ${cause instanceof Error ? describe(cause) : String(cause)}`, cause);
    });
    const [first] = rejected;
    if (first === undefined) return;
    if (attempt === maxTries || rejected.some(({ senderFault }) => senderFault)) {
      throw unavailable(`${queueUrl} refused ${rejected.length} of ${entries.length} letters: ${first.reason}`);
    }
    const again = new Set(rejected.map(({ id }) => id));
    entries = entries.filter(({ Id }) => again.has(Id));
  }
}

function describe(error: Error): string {
  // A refused connection on several addresses arrives as an AggregateError without a message of its own.
  const { code } = error as NodeJS.ErrnoException;
  return error.message === '' ? (code ?? error.name) : error.message;
}

function unavailable(what: string, cause?: unknown): AppError {
  return new AppError('EVENTBUS_CONSUMER_DEAD_LETTERS_UNAVAILABLE', what, { cause });
}

/** JSON of a letter, within SQS's limit and its character set; what does not fit is in the store when it resolves. */
async function messageOf(letter: DeadLetter, objects: () => ObjectStore): Promise<string> {
  const whole = text(letter);
  if (Buffer.byteLength(whole) <= maxMessageBytes) return whole;
  const key = await putLetter(objects(), letter);
  const valueBytes = letter.value === null ? 0 : Buffer.byteLength(letter.value, 'base64');
  const eventId = letter.eventId?.slice(0, maxEventIdLength) ?? null;
  return text({ ...letter, eventId, key: null, value: null, headers: [], claim: { key, valueBytes } });
}

function text(letter: DeadLetter): string {
  // U+FFFE and U+FFFF are the characters that JSON leaves as they are and SQS refuses.
  return JSON.stringify(letter).replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD');
}
