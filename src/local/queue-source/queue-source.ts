import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueConsumer } from '../../catalogue/queue-consumers.ts';
import type { Log } from '../../consumers/batch/invocation-report.ts';
import { retryDelay } from '../../core/retry-delay.ts';
import type { FunctionHandle } from '../functions/function-host.ts';
import { batchesOf, failedIds, type ReceivedMessage, sqsEvent } from './queue-event.ts';
import { type SqsCall, sqsCalls } from './sqs-call.ts';

export interface QueueSourceOptions {
  /** Endpoint of the embedded queue, and names of queues in it. */
  readonly endpoint: string;
  readonly queues: readonly { readonly name: string; readonly url: string }[];
  readonly consumer: QueueConsumer;
  readonly target: Pick<FunctionHandle, 'invoke'>;
  readonly log: Pick<Log, 'warn'>;
  /** Waits before a message that failed is seen again, ms; @default 1 s doubling to a minute */
  readonly backoff?: { readonly baseMs: number; readonly capMs: number };
}

export interface QueueSource {
  readonly invocations: number;
  /** Stops receiving, and waits for the invocation that is under way. */
  close(): Promise<void>;
}

const waitSeconds = 20;
/** Time beyond the function's limit that a message stays hidden: after a kill it is seen again that soon. */
const hiddenMarginMs = 5_000;
const maxReceived = 10;
/** Wait before the queue is asked again after it could not be. */
const retryMs = 1_000;

/**
 * Feeds a function from queues as an SQS event source mapping with `ReportBatchItemFailures` does: messages that the
 * function does not report are deleted, the others are seen again later. Failures never lose a message; one that fails
 * waits alone, with backoff.
 */
export function startQueueSource(options: QueueSourceOptions): QueueSource {
  return new Poller(options);
}

class Poller implements QueueSource {
  readonly #options: QueueSourceOptions;
  readonly #call: SqsCall;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>;
  readonly #turns: Turns;
  invocations = 0;

  constructor(options: QueueSourceOptions) {
    this.#options = options;
    this.#call = sqsCalls(options.endpoint);
    this.#turns = new Turns(options.consumer.concurrency);
    this.#loops = Promise.all(options.queues.map((queue) => this.#poll(queue))).then(() => undefined);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#loops;
  }

  async #poll(queue: { readonly name: string; readonly url: string }): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const messages = await this.#receive(queue.url);
        for (const batch of batchesOf(messages)) await this.#turns.take(() => this.#deliver(queue, batch));
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.log.warn({ queue: queue.name, reason }, 'the queue could not be polled');
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #receive(QueueUrl: string): Promise<readonly ReceivedMessage[]> {
    const { consumer } = this.#options;
    const request = {
      QueueUrl,
      MaxNumberOfMessages: Math.min(maxReceived, consumer.batchSize),
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: Math.ceil((consumer.timeoutMs + hiddenMarginMs) / 1_000),
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    };
    const answer = await this.#call<{ Messages?: ReceivedMessage[] }>('ReceiveMessage', request, this.#stop.signal);
    return answer.Messages ?? [];
  }

  async #deliver(queue: { readonly name: string; readonly url: string }, batch: readonly ReceivedMessage[]) {
    this.invocations += 1;
    const { target, log } = this.#options;
    let failed: ReadonlySet<string> | null = null;
    try {
      const answer = await target.invoke({ kind: 'json', value: sqsEvent(queue.name, batch) });
      failed = failedIds(answer, batch);
      if (failed === null) log.warn({ queue: queue.name }, 'the answer names messages that are not of the batch');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ queue: queue.name, reason }, 'the function failed; its messages are delivered again');
    }
    const done = batch.filter(({ MessageId }) => failed !== null && !failed.has(MessageId));
    const again = batch.filter((message) => !done.includes(message));
    await this.#change('DeleteMessageBatch', queue.url, done.map(handleOf));
    await this.#change(
      'ChangeMessageVisibilityBatch',
      queue.url,
      again.map((message) => ({ ...handleOf(message), VisibilityTimeout: this.#waitSeconds(message) })),
    );
  }

  #waitSeconds({ Attributes }: ReceivedMessage): number {
    const { baseMs, capMs } = this.#options.backoff ?? { baseMs: 1_000, capMs: 60_000 };
    const receipts = Math.max(1, Number(Attributes?.['ApproximateReceiveCount'] ?? 1));
    return Math.ceil(retryDelay({ baseMs, capMs }, receipts, Math.random()) / 1_000);
  }

  async #change(action: string, QueueUrl: string, changes: readonly object[]): Promise<void> {
    if (changes.length === 0) return;
    const Entries = changes.map((change, index) => ({ Id: String(index), ...change }));
    // Without the signal: what is done is deleted also while the bus closes.
    await this.#call(action, { QueueUrl, Entries });
  }
}

function handleOf({ ReceiptHandle }: ReceivedMessage) {
  return { ReceiptHandle };
}

/** Lets so many pieces of work run at once. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
