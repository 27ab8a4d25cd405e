import type { ErrorEntry } from './entry.ts';

export const ingestErrors = {
  EVENTBUS_INGEST_TOPIC_DENIED: {
    summary: 'the device may not publish here',
    remedy: 'Publish below the device’s own topics; see the routes of the catalogue.',
    failure: 'poison',
    status: 403,
  },
} as const satisfies Record<`EVENTBUS_INGEST_${string}`, ErrorEntry>;
