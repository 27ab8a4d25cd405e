import { AppError } from '../../core/errors/app-error.ts';
import type { Caller } from './token-verifier.ts';

/**
 * The token of an `Authorization` header.
 *
 * @throws AppError EVENTBUS_AUTH_TOKEN_MISSING when there is no header or it has another scheme
 */
export function bearerToken(authorization: string | undefined): string {
  const [, token] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token !== undefined) return token;
  const got =
    authorization === undefined ? 'there is no Authorization header' : 'the Authorization header is no Bearer';
  throw new AppError('EVENTBUS_AUTH_TOKEN_MISSING', got);
}

/**
 * Refuses a caller who has none of the roles.
 *
 * @throws AppError EVENTBUS_AUTH_ROLE_MISSING
 */
export function requireRole(caller: Caller, ...allowed: readonly [string, ...string[]]): void {
  if (allowed.some((role) => caller.roles.includes(role))) return;
  const has = caller.roles.length === 0 ? 'no role' : caller.roles.join(', ');
  throw new AppError('EVENTBUS_AUTH_ROLE_MISSING', `needed is ${allowed.join(' or ')}, the caller has ${has}`);
}
