import type { ErrorEntry } from './entry.ts';

export const kafkaErrors = {
  EVENTBUS_KAFKA_UNAVAILABLE: {
    summary: 'the Kafka cluster cannot be reached',
    remedy: 'Check the bootstrap servers and that the cluster is running.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_KAFKA_SETTINGS_INVALID: {
    summary: 'the Kafka connection settings are not valid',
    remedy: 'Set EVENT_BUS_KAFKA to "host:port,host:port" and EVENT_BUS_KAFKA_AUTH to none, tls, scram or iam.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_KAFKA_DENIED: {
    summary: 'the Kafka cluster refuses the client',
    remedy: 'Check the credentials and the rights on the cluster, the topic and the group.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_KAFKA_UNSUPPORTED: {
    summary: 'the Kafka cluster is too old or too new for the client',
    remedy: 'Use a cluster of Kafka 2.8 or later.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_KAFKA_TOPIC_UNKNOWN: {
    summary: 'the topic does not exist',
    remedy:
      'Start the bus on that cluster once, which creates the topics of the catalogue, or publish to one of those.',
    failure: 'dependency',
    status: 404,
  },
  EVENTBUS_KAFKA_RECORD_TOO_LARGE: {
    summary: 'the record is larger than the cluster takes',
    remedy: 'Split the value into smaller records.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_KAFKA_RECORD_REFUSED: {
    summary: 'the cluster refuses the record',
    remedy: 'See the error name in the message; the record itself is at fault.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_KAFKA_REQUEST_FAILED: {
    summary: 'a request to the Kafka cluster failed',
    remedy: 'See the error name in the message; try again.',
    failure: 'transient',
    status: 503,
  },
  EVENTBUS_KAFKA_BUFFER_FULL: {
    summary: 'the publisher has no room for more records',
    remedy: 'Await what was published before publishing more; when the cluster is away or slow, try again later.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_KAFKA_CLOSED: {
    summary: 'the Kafka client is closed',
    remedy: 'Publish before closing, or make a new client.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_KAFKA_OFFSET_LOST: {
    summary: 'the offset is no longer in the topic',
    remedy: 'Start at the earliest offset; older records are in the lake.',
    failure: 'poison',
    status: 410,
  },
  EVENTBUS_KAFKA_RECORDS_CORRUPT: {
    summary: 'stored records are damaged',
    remedy:
      'Read on behind the damaged batch, with "consume --partition N --from OFFSET"; the lake may hold the damaged range.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_KAFKA_ACCESS_REQUEST_INVALID: {
    summary: 'a request to change access rules of the Kafka cluster is not valid',
    remedy: 'Give RequestType Create, Update or Delete, a principal such as "User:iot", and topics as a list of names.',
    failure: 'poison',
    status: 400,
  },
} as const satisfies Record<`EVENTBUS_KAFKA_${string}`, ErrorEntry>;
