import type { ErrorEntry } from './entry.ts';

export const cliErrors = {
  EVENTBUS_CLI_USAGE: {
    summary: 'the command was called wrongly',
    remedy: 'See the help text of the command: add --help.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_CLI_TOPIC_UNKNOWN: {
    summary: 'no such topic',
    remedy: 'List the topics with "event-bus topics".',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_CLI_TOPIC_ABSENT: {
    summary: 'the topic is in the catalogue but not on the cluster',
    remedy: 'Create the topics of the catalogue: "event-bus start", with --kafka for a cluster that is not embedded.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_CLI_INPUT_INVALID: {
    summary: 'the input is not what the topic takes',
    remedy: 'Give one JSON object a line that fits the schema; "event-bus topics NAME" prints its fields.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_CLI_FILE_UNREADABLE: {
    summary: 'the file cannot be read',
    remedy: 'Check the path, and that this user may read the file.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_CLI_BUS_STOPPED: {
    summary: 'no running bus was found',
    remedy:
      'Start it with "event-bus start", name its folder with --data-dir, or another cluster with --kafka HOST:PORT; "event-bus doctor" tells more.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_CLI_OUTBOX_EVENT_UNKNOWN: {
    summary: 'no such event is put aside',
    remedy: 'List them with "event-bus outbox list"; one that the log has taken since is no longer there.',
    failure: 'poison',
    status: 404,
  },
} as const satisfies Record<`EVENTBUS_CLI_${string}`, ErrorEntry>;
