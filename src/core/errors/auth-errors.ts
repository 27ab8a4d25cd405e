import type { ErrorEntry } from './entry.ts';

export const authErrors = {
  EVENTBUS_AUTH_TOKEN_MISSING: {
    summary: 'the request carries no token',
    remedy: 'Send a token as "Authorization: Bearer TOKEN"; on one machine "event-bus token --user NAME" prints one.',
    failure: 'poison',
    status: 401,
  },
  EVENTBUS_AUTH_TOKEN_INVALID: {
    summary: 'the token is not accepted',
    remedy: 'Get a new token from the issuer that this service trusts.',
    failure: 'poison',
    status: 401,
  },
  EVENTBUS_AUTH_TOKEN_EXPIRED: {
    summary: 'the token has expired',
    remedy: 'Get a new token from its issuer and try again.',
    failure: 'poison',
    status: 401,
  },
  EVENTBUS_AUTH_ROLE_MISSING: {
    summary: 'the caller has none of the roles that this needs',
    remedy: 'Ask the issuer of the tokens for one of the roles named here.',
    failure: 'poison',
    status: 403,
  },
  EVENTBUS_AUTH_KEYS_UNAVAILABLE: {
    summary: 'the keys that tokens are checked with cannot be read',
    remedy: 'Tokens are checked again as soon as the key set named here can be read.',
    failure: 'dependency',
    status: 503,
  },
  EVENTBUS_AUTH_KEYS_CORRUPT: {
    summary: 'the key that signs development tokens is damaged',
    remedy: 'Delete the directory named here; the next start makes a new key, and tokens must then be issued again.',
    failure: 'dependency',
    status: 500,
  },
} as const satisfies Record<`EVENTBUS_AUTH_${string}`, ErrorEntry>;
