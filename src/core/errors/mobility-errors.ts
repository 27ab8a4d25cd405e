import type { ErrorEntry } from './entry.ts';

export const mobilityErrors = {
  EVENTBUS_MOBILITY_BOOKING_INVALID: {
    summary: 'a booking event has values that cannot be',
    remedy:
      'Correct the fields that the message names at the service that sent it, then mend and redrive the dead letter.',
    failure: 'poison',
    status: 400,
  },
} as const satisfies Record<`EVENTBUS_MOBILITY_${string}`, ErrorEntry>;
