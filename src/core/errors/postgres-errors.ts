import type { ErrorEntry } from './entry.ts';

export const postgresErrors = {
  EVENTBUS_POSTGRES_UNAVAILABLE: {
    summary: 'PostgreSQL cannot be reached',
    remedy: 'Check the database URL and that the server is running and has connections left.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_POSTGRES_ACCESS_DENIED: {
    summary: 'PostgreSQL refused the connection or the statement',
    remedy: 'Check user, password, database name and grants in the database URL.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_POSTGRES_SCHEMA_MISMATCH: {
    summary: 'the tables are not the ones this program knows',
    remedy: 'Run the migrations of the same version (they run when the platform starts), then retry.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_POSTGRES_DAMAGED: {
    summary: 'PostgreSQL says that what it has stored is damaged',
    remedy:
      'Restore the database from a copy. On one machine its folder can be moved away instead: the tables are rebuilt by reading the topics again. Records wait until then.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_POSTGRES_CONFLICT: {
    summary: 'the transaction lost against another one',
    remedy: 'It is tried again until it wins; when it persists, look for a second instance of the same consumer.',
    failure: 'dependency',
    status: 409,
  },
  EVENTBUS_POSTGRES_TIMEOUT: {
    summary: 'PostgreSQL ended a statement, a transaction or a wait for a lock that took too long',
    remedy: 'Look for overload and for sessions that hold locks; it is tried again until the database keeps up.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_POSTGRES_STATEMENT_FAILED: {
    summary: 'PostgreSQL could not run the statement',
    remedy: 'See the cause; it is retried, then dead-lettered.',
    failure: 'transient',
    status: 500,
  },
  EVENTBUS_POSTGRES_DATA_REJECTED: {
    summary: 'PostgreSQL rejected the values',
    remedy: 'Look at the record: a value is out of range, malformed or breaks a constraint.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_POSTGRES_URL_INVALID: {
    summary: 'the database URL cannot be used',
    remedy: 'Give postgres://USER:PASSWORD@HOST:PORT/DATABASE.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_POSTGRES_MIGRATION_CHANGED: {
    summary: 'an applied migration was edited',
    remedy: 'Restore the file and put the change into a new migration with the next number.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_POSTGRES_MIGRATION_NAME: {
    summary: 'the migrations are not numbered one after another',
    remedy: 'Name the files NNN_name.sql, from 001 on, and give each number once.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_POSTGRES_MIGRATION_FAILED: {
    summary: 'a migration failed and was rolled back',
    remedy: 'See the cause; nothing of this file was applied.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_POSTGRES_DATA_DIR_IN_USE: {
    summary: 'another process uses the database folder',
    remedy: 'Stop the other event bus or choose another data folder.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_POSTGRES_DATA_DIR_CORRUPT: {
    summary: 'the database folder cannot be opened',
    remedy: 'Move the folder away and start again: the tables are rebuilt by replaying the topics from the log.',
    failure: 'dependency',
    status: 500,
  },
  EVENTBUS_POSTGRES_PROTOCOL: {
    summary: 'a client does not speak the PostgreSQL protocol',
    remedy: 'Connect with a PostgreSQL client, protocol 3.0, without TLS.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_POSTGRES_ENGINE_STOPPED: {
    summary: 'the embedded PostgreSQL stopped',
    remedy: 'Restart the platform; committed transactions are kept.',
    failure: 'dependency',
    status: 503,
  },
} as const satisfies Record<`EVENTBUS_POSTGRES_${string}`, ErrorEntry>;
