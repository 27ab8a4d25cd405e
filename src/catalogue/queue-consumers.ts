/** A function that reads queues instead of topics; the ranges are those of an SQS event source mapping. */
export interface QueueConsumer {
  /** Function name. */
  readonly name: string;
  /** Messages an invocation receives at most: 1 to 10,000. */
  readonly batchSize: number;
  /** Time to gather a batch, s: 0 to 300; a batch above 10 messages needs at least 1. */
  readonly batchWindowSeconds: number;
  /** Invocations side by side over all queues: at least 2 where it is limited at all. */
  readonly concurrency: number;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly description: string;
}

/**
 * The functions that read queues. Every mapping reports item failures; a queue hides a message for six times the
 * function's time limit, as AWS advises.
 */
export const queueConsumers = [
  {
    name: 'dead-letter-processor',
    batchSize: 10,
    batchWindowSeconds: 0,
    concurrency: 2,
    memoryMb: 512,
    timeoutMs: 60_000,
    description:
      'Stores dead letters of all consumers in groups of one cause, keeps their payloads and tells of them; reads the dead-letter queue of each consumer and the notifications of failed invocations.',
  },
] as const satisfies readonly QueueConsumer[];

/** Name of a consumer's own dead-letter queue. */
export function deadLetterQueueName(consumer: string): string {
  return `${consumer}-dead-letters`;
}

/** Queue of the dead letters of all programs that subscribe through the SDK; a letter names its consumer group. */
export const subscribersQueueName = deadLetterQueueName('subscribers');

/** Queue of the notifications of the bucket that takes the records of failed invocations. */
export const failedInvocationsQueueName = 'failed-invocations';

/** Keys of those records begin so; Lambda chooses them. */
export const failedInvocationPrefix = 'aws/lambda/';
