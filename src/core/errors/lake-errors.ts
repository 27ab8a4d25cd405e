import type { ErrorEntry } from './entry.ts';

export const lakeErrors = {
  EVENTBUS_LAKE_WRITE_FAILED: {
    summary: 'a lake file could not be written',
    remedy: 'Check that the lake folder is writable and has free space.',
    failure: 'dependency',
    status: 503,
  },
} as const satisfies Record<`EVENTBUS_LAKE_${string}`, ErrorEntry>;
