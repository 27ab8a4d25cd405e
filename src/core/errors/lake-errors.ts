import type { ErrorEntry } from './entry.ts';

export const lakeErrors = {
  EVENTBUS_LAKE_WRITE_FAILED: {
    summary: 'a lake file could not be written',
    remedy: 'Check that the lake folder is writable and has free space.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_LAKE_EVENT_SHAPE: {
    summary: 'the event is not a Firehose transformation event of a Kafka source',
    remedy: 'Invoke the function from a delivery stream whose source is MSK.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_LAKE_STREAM_NAME: {
    summary: 'the delivery stream does not say which topic it carries',
    remedy: 'Name the stream "<prefix>--<topic>".',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_LAKE_ROW_REFUSED: {
    summary: 'a record has no row in the lake and was put below bronze-errors',
    remedy: 'Look at the record in the error file; its bytes are there in base64.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_LAKE_IN_USE: {
    summary: 'another program delivers into this lake',
    remedy: 'Stop the other program or choose another lake folder.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_LAKE_STATE_CORRUPT: {
    summary: 'the state file of the lake delivery cannot be read',
    remedy: 'Move the file away: positions are then taken from the Parquet files themselves.',
    failure: 'poison',
    status: 500,
  },
  EVENTBUS_LAKE_POSITION_AHEAD: {
    summary: 'the lake already holds offsets that the log does not have',
    remedy:
      'The topic was made anew: move its folder and its rows of the state file away, or delete both log and lake.',
    failure: 'poison',
    status: 409,
  },
  EVENTBUS_LAKE_POSITION_LOST: {
    summary: 'the log dropped records before they reached the lake',
    remedy: 'Keep the delivery running, or give the topic a longer retention.',
    failure: 'poison',
    status: 410,
  },
} as const satisfies Record<`EVENTBUS_LAKE_${string}`, ErrorEntry>;
