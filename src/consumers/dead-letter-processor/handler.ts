import type { Codec } from '../../codec/codec.ts';
import { mergeLetters } from '../../core/dead-letters/merge-letters.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { EventRouter } from '../../ports/event-router/event-router.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import type { Pool } from '../../postgres/pool.ts';
import { type Failure, failureOf } from '../batch/failure.ts';
import type { Log } from '../batch/invocation-report.ts';
import { schemaVersionOf } from '../batch/schema-version.ts';
import { keepLetters } from './keep-letters.ts';
import { storeLetters } from './letter-table.ts';
import { publishNotices } from './notices.ts';
import { putAside } from './put-aside.ts';
import { type CreatedObject, parseEvent, type QueueBatchResponse, type QueueMessage } from './queue-event.ts';
import { type Unpacked, unpackMessage, unpackObjects } from './unpack.ts';

export interface DeadLetterProcessorOptions {
  readonly pool: Pool;
  /** Keeps the letters with their payload, beyond the retention of their topics. */
  readonly objects: ObjectStore;
  /**
   * Where Lambda writes the records of failed invocations.
   * @default - `objects`
   */
  readonly failedInvocations?: ObjectStore;
  readonly router: EventRouter;
  readonly codec: Pick<Codec, 'schemaVersionOf'>;
  readonly log: Log;
  /** ms since 1970-01-01 UTC; @default Date.now */
  readonly clock?: () => number;
}

export type DeadLetterProcessor = (event: unknown) => Promise<QueueBatchResponse>;

/** Receipts after which a message that the function fails at in a way it does not know is put aside. */
const maxReceipts = 5;

/**
 * Makes the function behind all dead-letter queues: letters go to PostgreSQL in groups of one cause, their payloads to
 * the object store, records of failed invocations become one letter a record, and each group with new letters is
 * announced. A message is answered as done when all of that is durable; doing it twice changes nothing. What cannot be
 * read or stored is put aside whole, so that no message is in the way of others.
 */
export function makeDeadLetterProcessor(options: DeadLetterProcessorOptions): DeadLetterProcessor {
  const work = new Work(options);
  return async (event) => {
    const parsed = parseEvent(event);
    if (parsed.kind === 'messages') return { batchItemFailures: await work.messages(parsed.messages) };
    // A bucket that calls the function itself delivers again when the call fails.
    await work.objects(parsed.objects);
    return { batchItemFailures: [] };
  };
}

interface Opened {
  readonly message: QueueMessage;
  readonly unpacked: Unpacked;
}

class Work {
  readonly #options: DeadLetterProcessorOptions;
  readonly unpacking;

  constructor(options: DeadLetterProcessorOptions) {
    const { objects, failedInvocations = objects, codec } = options;
    this.#options = options;
    this.unpacking = { objects, failedInvocations, schemaVersionOf: schemaVersionOf(codec) };
  }

  /** Messages that are to be delivered again. */
  async messages(messages: readonly QueueMessage[]): Promise<{ readonly itemIdentifier: string }[]> {
    const failed: QueueMessage[] = [];
    const opened: Opened[] = [];
    for (const message of messages) {
      const done = await this.#tried(message, async () => {
        const unpacked = await unpackMessage(message.body, this.unpacking);
        if (unpacked.problem !== undefined) await this.#putAside(message, unpacked.problem);
        opened.push({ message, unpacked });
      });
      if (!done) failed.push(message);
    }
    failed.push(...(await this.#settleAll(opened)));
    return failed.map(({ messageId }) => ({ itemIdentifier: messageId }));
  }

  /** Objects of a bucket that calls the function itself; one that cannot be read stays where it is. */
  async objects(created: readonly CreatedObject[]): Promise<void> {
    const unpacked = await unpackObjects(created, this.unpacking);
    if (unpacked.problem !== undefined) {
      const { code, message } = new AppError('EVENTBUS_CONSUMER_MESSAGE_UNREADABLE', unpacked.problem);
      this.#options.log.error({ code }, message);
    }
    await this.settle(unpacked);
  }

  /** Makes letters durable, tells of them, and removes what they replace. */
  async settle({ letters, spent }: Omit<Unpacked, 'problem'>): Promise<void> {
    const { pool, objects, router, log } = this.#options;
    const kept = await keepLetters(objects, mergeLetters(letters));
    const ids = await storeLetters(pool, kept);
    const notices = await publishNotices(pool, router, ids);
    for (const key of spent) await this.unpacking.failedInvocations.delete(key);
    if (ids.length > 0) log.info({ letters: ids.length, notices }, 'dead letters stored');
  }

  /** All together, which is one transaction as a rule; when that fails, one by one to find the message at fault. */
  async #settleAll(opened: readonly Opened[]): Promise<readonly QueueMessage[]> {
    if (opened.length === 0) return [];
    const letters = opened.flatMap(({ unpacked }) => unpacked.letters);
    const spent = opened.flatMap(({ unpacked }) => unpacked.spent);
    try {
      await this.settle({ letters, spent });
      return [];
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'dependency') {
        this.#failed(failure, { messages: opened.length });
        return opened.map(({ message }) => message);
      }
    }
    const failed: QueueMessage[] = [];
    for (const { message, unpacked } of opened) {
      if (!(await this.#tried(message, () => this.settle(unpacked)))) failed.push(message);
    }
    return failed;
  }

  /** False when the message is to be delivered again. */
  async #tried(message: QueueMessage, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const failure = failureOf(error);
      const receipts = Number(message.attributes.ApproximateReceiveCount ?? 1);
      const defect = failure.code === 'EVENTBUS_CONSUMER_UNEXPECTED' && receipts >= maxReceipts;
      const hopeless = failure.kind === 'poison' || defect;
      this.#failed(failure, { messageId: message.messageId, receipts });
      if (!hopeless) return false;
      return this.#putAside(message, failure.message).then(
        () => true,
        (cause: unknown) => {
          this.#failed(failureOf(cause), { messageId: message.messageId, receipts });
          return false;
        },
      );
    }
  }

  async #putAside(message: QueueMessage, problem: string): Promise<void> {
    const { objects, router, log, clock = Date.now } = this.#options;
    const error = await putAside(message, problem, { objects, router, nowMs: clock() });
    log.error({ code: error.code, ...error.details }, error.message);
  }

  #failed({ code, message }: Failure, fields: object): void {
    this.#options.log.warn({ code, ...fields }, message);
  }
}
