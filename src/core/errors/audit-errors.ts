import type { ErrorEntry } from './entry.ts';

export const auditErrors = {
  EVENTBUS_AUDIT_SINK_UNREADABLE: {
    summary: 'a sink could not be read for the audit',
    remedy: 'Check that the sink is reachable and that the bus has been started at least once.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_AUDIT_STILL_BEHIND: {
    summary: 'consumers did not catch up in the time given',
    remedy: 'Check that the bus is running, wait longer with --wait SECONDS, or audit what is there without --wait.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_AUDIT_ENTRY_UNREADABLE: {
    summary: 'an entry of a hash chain cannot be verified',
    remedy: 'Verify it with a program of the version that wrote it, or a later one.',
    failure: 'poison',
    status: 422,
  },
} as const satisfies Record<`EVENTBUS_AUDIT_${string}`, ErrorEntry>;
