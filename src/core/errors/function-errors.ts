import type { ErrorEntry } from './entry.ts';

/** Codes of the function host, the event source and the embedded queue. */
export const functionErrors = {
  EVENTBUS_FUNCTION_INIT: {
    summary: 'the function could not be loaded',
    remedy: 'Fix the error that its module throws on import, and check that it exports "handler".',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_FUNCTION_FAILED: {
    summary: 'the function threw an error',
    remedy: 'See the cause; the event source delivers the records again.',
    failure: 'transient',
    status: 500,
  },
  EVENTBUS_FUNCTION_TIMEOUT: {
    summary: 'the function ran into its time limit',
    remedy: 'Raise timeoutMs of the consumer, lower its batch size, or make it faster.',
    failure: 'transient',
    status: 504,
  },
  EVENTBUS_FUNCTION_CRASHED: {
    summary: 'the function’s environment ended during the invocation',
    remedy: 'See the function’s log; it was started again and the records are delivered again.',
    failure: 'transient',
    status: 502,
  },
  EVENTBUS_FUNCTION_OUT_OF_MEMORY: {
    summary: 'the function used more memory than it may',
    remedy: 'Raise memoryMb of the consumer or lower its batch size.',
    failure: 'transient',
    status: 507,
  },
  EVENTBUS_FUNCTION_INTERRUPTED: {
    summary: 'the function’s environment ended during several invocations',
    remedy:
      'See the function’s log; the records are delivered again, apart from each other where it is unclear whose fault it was.',
    failure: 'transient',
    status: 503,
  },
  EVENTBUS_FUNCTION_THROTTLED: {
    summary: 'the function may not run more often at the same time',
    remedy: 'Nothing; the records are delivered again when there is room.',
    failure: 'dependency',
    status: 429,
  },
  EVENTBUS_FUNCTION_CLOSED: {
    summary: 'the function is shutting down',
    remedy: 'Nothing; the records are delivered again at the next start.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_SOURCE_BATCH: {
    summary: 'a record batch cannot be read',
    remedy: 'Check the broker’s log for damaged batches and the client for its compression.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_SOURCE_FETCH: {
    summary: 'the broker refused a fetch',
    remedy: 'See the code of the broker; the event source tries again.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_SOURCE_FUNCTION_MISSING: {
    summary: 'no function of that name is running',
    remedy: 'Start a function for every consumer whose topics are polled.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_SOURCE_DESTINATION_MISSING: {
    summary: 'there is no way to an on-failure destination',
    remedy: 'Give the event sources the queue, the object store and the publisher, or remove onFailure.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_SOURCE_GIVEN_UP: {
    summary: 'the mapping gave records up',
    remedy: 'Look at the on-failure destination; a mapping without one loses them to its consumer.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_SOURCE_RESPONSE: {
    summary: 'the function’s answer is not a partial-batch response',
    remedy: 'Return { batchItemFailures: [{ itemIdentifier: { partition, offset } }] } with records of this batch.',
    failure: 'transient',
    status: 502,
  },
  EVENTBUS_QUEUE_STORE: {
    summary: 'the embedded queue cannot use its file',
    remedy:
      'Check that the folder is writable and has free space. Bring a damaged file back from a copy, or remove it: the letters that waited in it are lost then, and "event-bus audit" names their records.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_QUEUE_PORT: {
    summary: 'the embedded queue cannot listen on the port',
    remedy: 'Stop the other program, or choose another port with --queue-port.',
    failure: 'dependency',
    status: 409,
  },
} as const satisfies Record<`EVENTBUS_${'FUNCTION' | 'SOURCE' | 'QUEUE'}_${string}`, ErrorEntry>;
