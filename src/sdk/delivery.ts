import type { Consumer } from '../catalogue/model.ts';
import type { Codec } from '../codec/codec.ts';
import { makeBatchHandler } from '../consumers/batch/handler.ts';
import type { LambdaContext, MskEvent } from '../consumers/batch/msk-event.ts';
import { mskRecordOf } from '../consumers/batch/msk-record.ts';
import { subjectOf } from '../consumers/subject-of.ts';
import type { Backoff } from '../core/retry-delay.ts';
import type { DeadLetterQueue } from '../ports/dead-letter-queue/dead-letter-queue.ts';
import type { Gate } from './gate.ts';
import { type AnyHandler, makeHandledEvents } from './handled-events.ts';
import { quietWhen } from './log.ts';
import type { EventBusLog } from './options.ts';
import type { SubscribedPartition } from './subscribed-partition.ts';
import type { Selection } from './topic-choice.ts';

export interface DeliveryOptions {
  readonly group: string;
  readonly selection: Selection;
  readonly codec: Codec;
  readonly handler: AnyHandler;
  readonly letters: DeadLetterQueue | undefined;
  readonly log: EventBusLog;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly concurrency: number;
  readonly partition: (name: string) => SubscribedPartition | undefined;
  readonly gate: Gate;
  readonly stopping: () => boolean;
  readonly onHandled: () => void;
  readonly onLetters: (count: number) => void;
}

/** Delivers the first record of a partition; false when it has no fate yet and is to be delivered again. */
export type Deliver = (partition: SubscribedPartition) => Promise<boolean>;

/** The longest time a timer takes, ms: no limit of time ends a delivery, only the end of the subscription does. */
const unlimitedMs = 0x7fff_ffff;

/**
 * Runs records through the batch engine that the Lambda handlers run on: the same attempts, dead letters and waits for
 * dependencies. A batch is one record, so that a failing event brings no second call for its neighbours, and each one is
 * settled as soon as it is handled. A wait lasts as long as it must; when the subscription stops, the record is handed back.
 */
export function makeDelivery(options: DeliveryOptions): Deliver {
  const { selection, group, codec, letters, gate, stopping, maxAttempts, backoff } = options;
  const handle = makeBatchHandler({
    consumer: consumerOf(options),
    subjectOf,
    codec,
    processor: makeHandledEvents({ ...options, types: selection.types, untilRunning: () => gate.passed() }),
    deadLetters: letters && countedLetters(letters, options.onLetters),
    log: quietWhen(stopping, options.log),
    sleep: (ms) => gate.sleep(ms),
    writeMetrics: () => {},
    maxAttempts,
    backoff,
  });
  return async (partition) => {
    const { first } = partition;
    if (first === undefined) return true;
    const ended = () => stopping() || partition.revoked;
    const event = eventOf({ [partition.name]: [mskRecordOf(first)] });
    const { batchItemFailures } = await handle(event, contextOf(group, ended));
    return batchItemFailures.length === 0;
  };
}

function eventOf(records: MskEvent['records']): MskEvent {
  return { eventSource: 'aws:kafka', eventSourceArn: '', bootstrapServers: '', records };
}

function contextOf(group: string, ended: () => boolean): LambdaContext {
  return {
    awsRequestId: '',
    functionName: group,
    functionVersion: 'sdk',
    getRemainingTimeInMillis: () => (ended() ? 0 : unlimitedMs),
  };
}

/** The subscription in the words of the catalogue, as the engine wants it. */
function consumerOf({ group, selection, concurrency, letters }: DeliveryOptions): Consumer {
  return {
    name: group,
    topics: selection.topics,
    batchSize: 1,
    batchWindowMs: 0,
    retryAttempts: -1,
    deadLetter: letters !== undefined,
    ordering: 'partition',
    concurrency,
    sinks: [],
    memoryMb: 0,
    timeoutMs: unlimitedMs,
    description: 'A subscription of the SDK.',
  };
}

function countedLetters(queue: DeadLetterQueue, count: (letters: number) => void): DeadLetterQueue {
  return {
    async send(letters) {
      await queue.send(letters);
      count(letters.length);
    },
  };
}
