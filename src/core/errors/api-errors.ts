import type { ErrorEntry } from './entry.ts';

export const apiErrors = {
  EVENTBUS_API_ROUTE_UNKNOWN: {
    summary: 'there is nothing at this address',
    remedy: 'GET /openapi.json describes those of the shop, GET /api of port 8090 lists those of operators.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_API_METHOD_UNKNOWN: {
    summary: 'the method is not offered here',
    remedy: 'Use one of the methods in the Allow header.',
    failure: 'poison',
    status: 405,
  },
  EVENTBUS_API_BODY_INVALID: {
    summary: 'the request body is not usable',
    remedy: 'Send one JSON object with content-type application/json.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_API_BODY_TOO_LARGE: {
    summary: 'the request body is too large',
    remedy: 'Select letters by a query or a group instead of naming them one by one.',
    failure: 'poison',
    status: 413,
  },
  EVENTBUS_API_PARAMETER_INVALID: {
    summary: 'a parameter of the request is not usable',
    remedy: 'Give the parameter as described here.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_API_REQUEST_INVALID: {
    summary: 'the request does not fit the description of the API',
    remedy: 'Mend the fields named under errors; GET /openapi.json describes every request.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_API_FORBIDDEN: {
    summary: 'the token does not allow this',
    remedy: 'Use a token of the customer concerned, or one with the role that the description of the operation names.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_API_NOT_FOUND: {
    summary: 'there is no such thing',
    remedy:
      'Check the id; what was made a moment ago is found with ?min-version= and the version that its answer told.',
    failure: 'poison',
    status: 404,
  },
  EVENTBUS_API_NOT_YET: {
    summary: 'the read model has not come to that version yet',
    remedy: 'Try again in a second; when it stays away, "event-bus doctor" tells whether the projector is behind.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_API_IDEMPOTENCY_KEY_MISSING: {
    summary: 'the request has no idempotency key',
    remedy:
      'Send the header Idempotency-Key with a text of your own, a new UUID as a rule, and the same one when you repeat the request.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_API_IDEMPOTENCY_KEY_REUSED: {
    summary: 'the idempotency key was used for another request',
    remedy: 'Repeat the first request unchanged, or take a new key for this one.',
    failure: 'poison',
    status: 422,
  },
  EVENTBUS_API_EVENT_INVALID: {
    summary: 'the function was called with something else than an HTTP request',
    remedy: 'Put the function behind an HTTP API with payload format 2.0.',
    failure: 'poison',
    status: 400,
  },
  EVENTBUS_API_FOREIGN_ORIGIN: {
    summary: 'the request comes from a page of another origin',
    remedy: 'Call the API from a program, or from a page that it serves itself, under its own host name.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_API_UNEXPECTED: {
    summary: 'the API failed in a way it does not know',
    remedy: 'See the log of the program that serves it; the request may be tried again.',
    failure: 'transient',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_API_${string}`, ErrorEntry>;
