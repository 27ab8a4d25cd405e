import type { ErrorEntry } from './entry.ts';

export const consumerErrors = {
  EVENTBUS_CONSUMER_EVENT_SHAPE: {
    summary: 'the event is not an MSK event',
    remedy: 'Invoke the function from a Kafka event source mapping.',
    failure: 'poison',
    status: 400,
  },
} as const satisfies Record<`EVENTBUS_CONSUMER_${string}`, ErrorEntry>;
