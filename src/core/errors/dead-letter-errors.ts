import type { ErrorEntry } from './entry.ts';

export const deadLetterErrors = {
  EVENTBUS_DLQ_QUERY_INVALID: {
    summary: 'the selection of letters is not usable',
    remedy: 'Name letters by id, a group, or conditions such as consumer, topic, code, key, since and until.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_DLQ_UNKNOWN: {
    summary: 'no such letter, group or redrive',
    remedy: 'List them with "event-bus dlq list"; a letter appears some seconds after its record has failed.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_DLQ_NOTHING_SELECTED: {
    summary: 'no open letter fits the selection',
    remedy: 'See with "event-bus dlq list --status all" what there is; closed letters are not sent again.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_DLQ_REDRIVE_REFUSED: {
    summary: 'some letters cannot be redriven, so none was',
    remedy:
      'Mend the reasons named here, leave these letters out with --send-rest, or accept a broken order of keys with --accept-reordering.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_DLQ_REDRIVE_STATE: {
    summary: 'the redrive is in another state',
    remedy: 'See its state with "event-bus dlq show ID"; a redrive that has ended is asked for anew.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_DLQ_LETTERS_CHANGED: {
    summary: 'letters were taken by somebody else meanwhile',
    remedy: 'Ask again: the letters that are still open will be selected.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_DLQ_PAYLOAD_MISSING: {
    summary: 'the bytes of the record are gone',
    remedy: 'Restore the object named here, or discard the letter.',
    failure: 'poison',
    status: 410,
  },
  EVENTBUS_DLQ_MIGRATION_FAILED: {
    summary: 'the migration of a letter failed',
    remedy: 'Mend the function for such letters, or let it return null to leave them out.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_DLQ_MIGRATION_INVALID: {
    summary: 'the migration cannot be used',
    remedy:
      'Export a function: "export const migrate: Migrate<\'SUBJECT\'> = (letter) => …", with types from src/core/redrive/migration.ts.',
    failure: 'poison',
    status: 422,
  },
} as const satisfies Record<`EVENTBUS_DLQ_${string}`, ErrorEntry>;
