import type { ErrorEntry } from './entry.ts';

export const localErrors = {
  EVENTBUS_LOCAL_PORT_TAKEN: {
    summary: 'a port is in use by another program',
    remedy: 'Stop that program, or choose another port: event-bus start has a flag for each, such as --mqtt-port.',
    failure: 'dependency',
    status: 409,
  },
  EVENTBUS_LOCAL_DATA_DIR_DENIED: {
    summary: 'the data directory cannot be written',
    remedy: 'Give the directory to this user, or choose another one with --data-dir.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_LOCAL_DATA_DIR_IN_USE: {
    summary: 'the data directory belongs to a running event bus',
    remedy: 'Stop that program, or choose another directory with --data-dir.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_LOCAL_ENDPOINTS_DAMAGED: {
    summary: 'the file that says where the bus listens cannot be read',
    remedy: 'Start the bus again, which writes the file anew, or remove the file: the default ports are taken then.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_LOCAL_LOG_REPLACED: {
    summary: 'the log is not the one that the database belongs to',
    remedy:
      'Bring the old Kafka data back, or remove the PostgreSQL data too; to keep the tables and read the new log from its start, add --forget-positions once.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_LOCAL_PART_FAILED: {
    summary: 'a part of the local platform stopped',
    remedy: 'See the log file below the data directory; start again to continue where it stopped.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_LOCAL_LAMBDA_API: {
    summary: 'the Lambda API of this machine’s functions cannot listen',
    remedy: 'Check that --host names an address of this machine.',
    failure: 'dependency',
    status: 409,
  },
} as const satisfies Record<`EVENTBUS_LOCAL_${string}`, ErrorEntry>;
