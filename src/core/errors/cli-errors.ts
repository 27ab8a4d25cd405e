import type { ErrorEntry } from './entry.ts';

export const cliErrors = {
  EVENTBUS_CLI_USAGE: {
    summary: 'the command was called wrongly',
    remedy: 'See the help text of the command.',
    failure: 'poison',
    status: 400,
  },
} as const satisfies Record<`EVENTBUS_CLI_${string}`, ErrorEntry>;
