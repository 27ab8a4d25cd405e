import type { ErrorEntry } from './entry.ts';

export const catalogueErrors = {
  EVENTBUS_CATALOGUE_INVALID: {
    summary: 'the catalogue has problems',
    remedy: 'Fix each listed problem in src/catalogue.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_CATALOGUE_SCHEMA_INVALID: {
    summary: 'a published schema cannot be used',
    remedy: 'Mend the named file below schemas/, then run "npm run generate".',
    failure: 'poison',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_CATALOGUE_${string}`, ErrorEntry>;
