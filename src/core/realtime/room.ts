import type { RoomKind } from '../../catalogue/realtime.ts';
import { AppError } from '../errors/app-error.ts';

/** A room's name in its parts. */
export interface Room {
  /** Whole name, `photo:42`. */
  readonly name: string;
  readonly kind: RoomKind;
  /** Empty for kinds without id. */
  readonly id: string;
}

/** Ids come from other systems; what could not be told apart in a log or a name is refused. */
const idPattern = /^[\p{L}\p{N}_.@:|/+=~-]{1,128}$/u;

/**
 * Reads a room's name.
 *
 * @throws AppError EVENTBUS_REALTIME_ROOM_INVALID
 */
export function parseRoom(name: unknown, kinds: readonly RoomKind[]): Room {
  if (typeof name !== 'string') throw invalid(`got ${typeof name}, allowed is text`);
  const colon = name.indexOf(':');
  const kindName = colon < 0 ? name : name.slice(0, colon);
  const kind = kinds.find((candidate) => candidate.kind === kindName && candidate.named === colon >= 0);
  if (kind === undefined) throw invalid(`got ${JSON.stringify(name.slice(0, 80))}`);
  const id = colon < 0 ? '' : name.slice(colon + 1);
  if (kind.named && !idPattern.test(id)) throw invalid(`the id of ${JSON.stringify(name.slice(0, 80))} is not usable`);
  return { name, kind, id };
}

/** The name of a room; undefined when the id cannot be part of one. */
export function roomName(kind: string, id?: string): string | undefined {
  if (id === undefined) return kind;
  return idPattern.test(id) ? `${kind}:${id}` : undefined;
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_REALTIME_ROOM_INVALID', what);
}
