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
  EVENTBUS_CLI_INPUT_INVALID: {
    summary: 'the input is not what the topic takes',
    remedy: 'Give one JSON object a line that fits the schema; "event-bus topics NAME" prints its fields.',
    failure: 'poison',
    status: 422,
  },
} as const satisfies Record<`EVENTBUS_CLI_${string}`, ErrorEntry>;
