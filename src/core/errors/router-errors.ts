import type { ErrorEntry } from './entry.ts';

/** Codes of the event router: EventBridge, or the embedded one. */
export const routerErrors = {
  EVENTBUS_ROUTER_UNAVAILABLE: {
    summary: 'the event router does not take events',
    remedy: 'Check that the event bus exists and may be used; sending is tried again.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_ROUTER_EVENT_INVALID: {
    summary: 'the event cannot be routed',
    remedy: 'Give a source, a detail type of at most 128 characters and details of less than 256 KB of JSON.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_ROUTER_URL: {
    summary: 'the URL of the event router is not valid',
    remedy: 'Give eventbridge://NAME-OF-THE-EVENT-BUS on AWS, file:///FOLDER on one machine.',
    failure: 'dependency',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_ROUTER_${string}`, ErrorEntry>;
