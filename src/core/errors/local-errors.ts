import type { ErrorEntry } from './entry.ts';

export const localErrors = {
  EVENTBUS_LOCAL_PORT_TAKEN: {
    summary: 'the port is in use',
    remedy: 'Stop the other program or choose another port.',
    failure: 'poison',
    status: 409,
  },
} as const satisfies Record<`EVENTBUS_LOCAL_${string}`, ErrorEntry>;
