import type { ErrorEntry } from './entry.ts';

export const warehouseErrors = {
  EVENTBUS_WAREHOUSE_UNAVAILABLE: {
    summary: 'the warehouse does not answer as it should',
    remedy: 'Check the workgroup, its usage limit and the rights of the caller; the work waits until it answers.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_WAREHOUSE_STATEMENT_FAILED: {
    summary: 'the warehouse could not run the statement',
    remedy: 'See the cause: the statement and the warehouse’s own words.',
    failure: 'transient',
    status: 500,
  },
  EVENTBUS_WAREHOUSE_URL: {
    summary: 'the URL of the warehouse is not valid',
    remedy: 'Give redshift://WORKGROUP/DATABASE on AWS.',
    failure: 'dependency',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_WAREHOUSE_${string}`, ErrorEntry>;
