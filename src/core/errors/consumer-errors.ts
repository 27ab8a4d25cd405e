import type { ErrorEntry } from './entry.ts';

export const consumerErrors = {
  EVENTBUS_CONSUMER_EVENT_SHAPE: {
    summary: 'the event is not an MSK event',
    remedy: 'Invoke the function from a Kafka event source mapping.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_CONSUMER_VALUE_MISSING: {
    summary: 'the record has no value',
    remedy: 'Only compacted topics may carry records without a value; check the producer.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CONSUMER_RECORD_UNREADABLE: {
    summary: 'the record could not be decoded',
    remedy: 'See the cause; a producer wrote bytes that no schema version explains.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CONSUMER_UNEXPECTED: {
    summary: 'the consumer failed in a way it does not know',
    remedy: 'See the stack; the record was tried again and then dead-lettered, redrive it after the fix.',
    failure: 'transient',
    status: 500,
  },
  EVENTBUS_CONSUMER_OUTCOMES: {
    summary: 'the processor did not answer for every record',
    remedy: 'Return exactly one outcome an item from apply().',
    failure: 'transient',
    status: 500,
  },
  EVENTBUS_CONSUMER_CONFIGURATION: {
    summary: 'the function is configured wrongly',
    remedy: 'Set the named environment variable; src/catalogue/environment.ts lists them all.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_CONSUMER_DEAD_LETTERS_UNAVAILABLE: {
    summary: 'the dead-letter queue does not take letters',
    remedy: 'Check that the queue exists and can be reached; the partition waits until it answers.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_CONSUMER_SCHEMA_NOT_DEPLOYED: {
    summary: 'a record was written with a schema version that this consumer does not have yet',
    remedy:
      'Deploy the consumer with that version: the partition waits for 15 minutes, then such records are dead-lettered.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_CONSUMER_INVOCATION_FAILED: {
    summary: 'the function ended without an answer until its mapping gave the batch up',
    remedy:
      'Look for a crash, a time limit or memory in the function’s log of that time; redrive the batch after the fix.',
    failure: 'transient',
    status: 502,
  },
  EVENTBUS_CONSUMER_QUEUE_EVENT_SHAPE: {
    summary: 'the event is neither messages of a queue nor a notification of a bucket',
    remedy: 'Invoke the function from an SQS event source mapping, or from a bucket’s notifications.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_CONSUMER_MESSAGE_UNREADABLE: {
    summary: 'a message of a dead-letter queue cannot be read',
    remedy:
      'Look at the object named here, which holds it; only dead letters and notifications belong into these queues.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CONSUMER_MAPPING_OUT_OF_REACH: {
    summary: 'an event source mapping could not be looked at, marked or switched',
    remedy: 'See the cause: Lambda away, a right missing, or a mapping deleted; the next minute tries again.',
    failure: 'dependency',
    status: 503,
  },
} as const satisfies Record<`EVENTBUS_CONSUMER_${string}`, ErrorEntry>;
