import type { ErrorEntry } from './entry.ts';

export const sdkErrors = {
  EVENTBUS_SDK_TYPE_UNKNOWN: {
    summary: 'the catalogue has no such event type or topic',
    remedy: 'Use a name of docs/topics.md, or add it to the catalogue and build the SDK anew.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_SDK_TOPIC_WRONG: {
    summary: 'the event cannot be published to that topic',
    remedy: 'Name one of the topics that carry the type, in the option topic.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_SDK_FIELD_UNKNOWN: {
    summary: 'the data has a field that the schema does not know',
    remedy: 'Correct the name or leave the field out; it would be lost. A new field begins with a new schema version.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_SDK_KEY_MISSING: {
    summary: 'the event has no key',
    remedy: 'Set the field that the topic takes its key from, or give the option key.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_SDK_OPTION_INVALID: {
    summary: 'an option is not valid',
    remedy: 'See the options in docs/sdk.md.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_SDK_NODE_TOO_OLD: {
    summary: 'this Node.js is too old for the SDK',
    remedy: 'Run the program on Node 22.22 or later.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_SDK_DEAD_LETTERS_MISSING: {
    summary: 'nothing says where dead letters go',
    remedy:
      'Set EVENT_BUS_DEAD_LETTER_QUEUE_URL or the option deadLetters; "hold" keeps the partition waiting at a record at fault.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_SDK_GROUP_TAKEN: {
    summary: 'the consumer group serves another subscription of this program',
    remedy: 'Subscribe once to all of the types, or give each subscription a group of its own.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_SDK_NOT_JOINED: {
    summary: 'the subscription could not join its consumer group in time',
    remedy: 'Check the bootstrap servers, the rights on topic and group, and that the cluster is running.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_SDK_CLOSED: {
    summary: 'the event bus is closed',
    remedy: 'Make a new one with createEventBus.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_SDK_HANDLER_FAILED: {
    summary: 'the handler of a subscription failed',
    remedy: 'See the stack; the event was tried again and then dead-lettered, redrive it after the fix.',
    failure: 'transient',
    status: 500,
  },
  EVENTBUS_SDK_EVENT_REJECTED: {
    summary: 'the handler of a subscription rejected the event',
    remedy: 'The event itself is at fault; mend it with "event-bus dlq" and send it again.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_SDK_DEPENDENCY_UNAVAILABLE: {
    summary: 'something that the handler of a subscription needs is away',
    remedy: 'Bring it back; the partition waits, and goes on by itself.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_SDK_STOPPING: {
    summary: 'the subscription is stopping',
    remedy: 'The event is delivered again, to this group’s next member.',
    failure: 'dependency',
    status: 503,
  },
} as const satisfies Record<`EVENTBUS_SDK_${string}`, ErrorEntry>;
