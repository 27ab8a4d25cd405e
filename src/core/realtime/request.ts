import { AppError } from '../errors/app-error.ts';
import { isFields } from '../fields.ts';

// Requests of clients, as far as they can be checked without knowing who asks.

const maxAcknowledged = 500;
const maxIdLength = 256;

/**
 * An object with known fields only, so that a misspelt `after` does not silently lose events.
 *
 * @throws AppError EVENTBUS_REALTIME_REQUEST_INVALID
 */
export function parseRequest<Field extends string>(
  payload: unknown,
  allowed: readonly Field[],
): Readonly<Partial<Record<Field, unknown>>> {
  if (!isFields(payload)) {
    throw invalid(`the payload is ${payload === null ? 'null' : typeof payload}, allowed is an object`);
  }
  const unknown = Object.keys(payload).find((name) => !(allowed as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw invalid(`field ${JSON.stringify(unknown.slice(0, 80))} is not known, allowed are ${allowed.join(', ')}`);
  }
  return payload as Readonly<Partial<Record<Field, unknown>>>;
}

/** @throws AppError EVENTBUS_REALTIME_REQUEST_INVALID */
export function parseUser(user: unknown): string {
  if (typeof user === 'string' && user !== '' && user.length <= 128) return user;
  throw invalid('user must be text of 1 to 128 characters');
}

/** @throws AppError EVENTBUS_REALTIME_REQUEST_INVALID */
export function parseIds(ids: unknown): readonly string[] {
  if (Array.isArray(ids) && ids.length > 0 && ids.length <= maxAcknowledged && ids.every(isId)) return ids;
  throw invalid(`ids must be a list of 1 to ${maxAcknowledged} event ids`);
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_REALTIME_REQUEST_INVALID', what);
}

function isId(id: unknown): boolean {
  return typeof id === 'string' && id !== '' && id.length <= maxIdLength && !id.includes('\0');
}
