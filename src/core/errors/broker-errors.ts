import type { ErrorEntry } from './entry.ts';

/** Failures of the embedded Kafka broker, at start and on the wire. */
export const brokerErrors = {
  EVENTBUS_BROKER_PORT_TAKEN: {
    summary: 'the embedded Kafka broker cannot listen because the address is in use',
    remedy: 'Stop the other program, choose another port with --kafka-port, or use port 0 for any free one.',
    failure: 'dependency',
    status: 409,
  },
  EVENTBUS_BROKER_ADDRESS_INVALID: {
    summary: 'the embedded Kafka broker cannot listen on that address',
    remedy: 'Use an address of this machine (127.0.0.1 for this machine only) and a port this user may open.',
    failure: 'dependency',
    status: 400,
  },
  EVENTBUS_BROKER_DATA_DIR_UNUSABLE: {
    summary: 'the data directory of the embedded Kafka broker cannot be used',
    remedy: 'Choose a directory this user may write to, with free space.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_BROKER_DATA_IN_USE: {
    summary: 'the data directory belongs to a broker that is already running',
    remedy: 'Stop that broker or give this one a directory of its own.',
    failure: 'dependency',
    status: 409,
  },
  EVENTBUS_BROKER_DATA_CORRUPT: {
    summary: 'the data file of the embedded Kafka broker is damaged',
    remedy:
      'Restore the directory from a copy, or move it away and start empty; "sqlite3 FILE .recover" rescues what is readable.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_BROKER_DATA_TOO_NEW: {
    summary: 'the data file was written by a newer version of this program',
    remedy: 'Update this program or choose another data directory.',
    failure: 'dependency',
    status: 409,
  },
  EVENTBUS_BROKER_SETTING_INVALID: {
    summary: 'a setting of the embedded Kafka broker is not allowed',
    remedy: 'Correct the setting; docs/embedded-kafka.md lists all of them with their ranges.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_BROKER_STOPPED: {
    summary: 'the embedded Kafka broker stopped by itself',
    remedy: 'Read its last log lines, then start it again; acknowledged records are on disk.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_BROKER_FRAME_MALFORMED: {
    summary: 'a Kafka request cannot be read',
    remedy: 'Only this connection was closed; check that the client speaks the Kafka protocol without TLS.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_BROKER_FRAME_TOO_LARGE: {
    summary: 'a Kafka request is larger than allowed',
    remedy: 'Only this connection was closed; send smaller batches or raise maxRequestBytes.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_BROKER_TOO_MANY_CONNECTIONS: {
    summary: 'a connection was refused because too many are open',
    remedy: 'Close idle clients or raise maxConnections.',
    failure: 'transient',
    status: 503,
  },
  EVENTBUS_BROKER_BATCH_CORRUPT: {
    summary: 'a stored record batch is damaged',
    remedy: 'Consumers get CORRUPT_MESSAGE for it; seek past its last offset to read on.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_BROKER_STORAGE_FAILED: {
    summary: 'the embedded Kafka broker could not read or write its data file',
    remedy: 'Check the free space and the health of the disk; nothing that failed was acknowledged.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_BROKER_REQUEST_FAILED: {
    summary: 'the embedded Kafka broker failed on a request',
    remedy: 'This is a defect of the broker; report the log line.',
    failure: 'transient',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_BROKER_${string}`, ErrorEntry>;
