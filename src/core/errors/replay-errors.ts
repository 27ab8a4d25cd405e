import type { ErrorEntry } from './entry.ts';

export const replayErrors = {
  EVENTBUS_REPLAY_RANGE: {
    summary: 'the range to replay holds nothing, or is none',
    remedy: 'Give --from before --to; "event-bus topics NAME" tells what the topic holds.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_REPLAY_CONSUMER: {
    summary: 'the topic cannot be replayed to this consumer',
    remedy: 'Name a consumer of the topic; "event-bus topics NAME" lists them.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_REPLAY_GAP: {
    summary: 'records of the range are neither in the topic nor in the lake',
    remedy:
      'Wait until the lake has written what it buffers, begin later, or accept the gap with --allow-gaps; records that never were (transactions, compaction before delivery) are gaps too.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_REPLAY_LAKE_UNREADABLE: {
    summary: 'the lake’s files of the range cannot be read',
    remedy: 'Name the lake with --lake DIR or --lake s3://BUCKET/PREFIX, and check that its files may be read.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_REPLAY_NO_RESET: {
    summary: 'the consumer is no projection that could be emptied',
    remedy:
      'Replay without --reset. A consumer that publishes events or shares tables cannot be rebuilt from empty without repeating its effects.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_REPLAY_FUNCTION: {
    summary: 'the function does not take the records of the replay',
    remedy: 'Mend what the message names, then go on with "event-bus replay resume ID".',
    failure: 'dependency',
    status: 502,
  },
  EVENTBUS_REPLAY_UNKNOWN: {
    summary: 'there is no such replay',
    remedy: 'List the replays with "event-bus replay list".',
    failure: 'poison',
    status: 404,
  },
} as const satisfies Record<`EVENTBUS_REPLAY_${string}`, ErrorEntry>;
