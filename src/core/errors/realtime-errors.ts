import type { ErrorEntry } from './entry.ts';

export const realtimeErrors = {
  EVENTBUS_REALTIME_REQUEST_INVALID: {
    summary: 'the request to the realtime gateway is not usable',
    remedy: 'Send what docs/realtime.md describes.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_REALTIME_ROOM_INVALID: {
    summary: 'there is no such room',
    remedy: 'Rooms are user:ID, photo:ID, batch:ID, alerts, system and everyone.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_REALTIME_ROOM_DENIED: {
    summary: 'the user may not join this room',
    remedy: 'Join rooms of your own things, of things shared with you, or those that your roles allow.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_REALTIME_FILTER_INVALID: {
    summary: 'the filter or the list of fields is not usable',
    remedy: 'Name fields of the events of this room, with values or ranges as docs/realtime.md shows.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_REALTIME_POSITION_INVALID: {
    summary: 'the position to resume from is not usable',
    remedy: 'Send the position of the last event seen, as it was received, or none to begin with what comes next.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_REALTIME_POSITION_TOO_OLD: {
    summary: 'the position is too old to resume from',
    remedy: 'Load the current state anew, and subscribe without a position.',
    failure: 'poison',
    status: 410,
  },
  EVENTBUS_REALTIME_RESUME_FAILED: {
    summary: 'the missed events could not be read',
    remedy: 'Subscribe again with the last position seen.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_REALTIME_LIMIT_REACHED: {
    summary: 'a limit of the realtime gateway is reached',
    remedy: 'Close connections or leave rooms that are not needed; docs/realtime.md lists the limits.',
    failure: 'transient',
    status: 429,
  },
  EVENTBUS_REALTIME_RATE_LIMITED: {
    summary: 'too many requests in a short time',
    remedy: 'Wait a second and send fewer requests.',
    failure: 'transient',
    status: 429,
  },
  EVENTBUS_REALTIME_SLOW_CONSUMER: {
    summary: 'the client does not keep up with its events',
    remedy: 'Connect again, resume from the last position seen, and subscribe to fewer rooms or with a filter.',
    failure: 'transient',
    status: 408,
  },
  EVENTBUS_REALTIME_SIGN_IN_CHANGED: {
    summary: 'a connection belongs to one user',
    remedy: 'Open another connection for another user.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_REALTIME_CLOSING: {
    summary: 'the realtime gateway is stopping',
    remedy: 'Connect again and resume; the client does so by itself.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_REALTIME_SETTINGS_INVALID: {
    summary: 'the realtime gateway cannot start with these settings',
    remedy: 'Correct the setting that the message names.',
    failure: 'poison',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_REALTIME_${string}`, ErrorEntry>;
