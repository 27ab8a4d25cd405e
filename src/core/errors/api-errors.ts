import type { ErrorEntry } from './entry.ts';

export const apiErrors = {
  EVENTBUS_API_ROUTE_UNKNOWN: {
    summary: 'there is nothing at this address',
    remedy: 'See GET /api for the addresses there are.',
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
