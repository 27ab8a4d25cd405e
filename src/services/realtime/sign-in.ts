import type { Socket } from 'socket.io';
import { AppError } from '../../core/errors/app-error.ts';
import type { Caller, TokenVerifier } from '../auth/token-verifier.ts';

/** What a connection brings along. */
export interface SignedIn {
  readonly caller: Caller;
  /** Position to resume the user's own room from. */
  readonly after?: unknown;
}

/**
 * Reads `auth: { token, after? }` of a connection.
 *
 * @throws AppError of the area AUTH
 */
export async function signIn(socket: Pick<Socket, 'handshake'>, verifier: TokenVerifier): Promise<SignedIn> {
  const { token, after } = socket.handshake.auth;
  if (token !== undefined && typeof token !== 'string') {
    throw new AppError('EVENTBUS_AUTH_TOKEN_INVALID', `it is of type ${typeof token}, allowed is text`);
  }
  const caller = await verifier.verify(token);
  return after === undefined || after === null ? { caller } : { caller, after };
}

/** An error in the form in which Socket.IO hands it to the client: `connect_error` with `data`. */
export function connectError(error: unknown): Error & { data: { code: string; message: string } } {
  const { code, message } = refusalOf(error);
  return Object.assign(new Error(message), { data: { code, message } });
}

export interface Refusal {
  readonly ok: false;
  readonly code: string;
  readonly message: string;
}

/** What a client is told of a failure; what it is not meant to see stays in the log. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof AppError && (error.code.includes('_REALTIME_') || error.code.includes('_AUTH_'))) {
    return { ok: false, code: error.code, message: error.message };
  }
  const { code, message } = new AppError(
    'EVENTBUS_REALTIME_RESUME_FAILED',
    'a part behind the gateway does not answer',
  );
  return { ok: false, code, message };
}
