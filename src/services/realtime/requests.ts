import type { RealtimeFeed } from '../../catalogue/realtime.ts';
import { roomKinds } from '../../catalogue/realtime.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { parseFields, parseFilter } from '../../core/realtime/filter.ts';
import { parseIds, parseRequest, parseUser } from '../../core/realtime/request.ts';
import { parseRoom, type Room } from '../../core/realtime/room.ts';
import type { TokenVerifier } from '../auth/token-verifier.ts';
import type { Access } from './access.ts';
import type { Hub } from './hub.ts';
import type { RealtimeLimits } from './limits.ts';
import { feedsOf, type ResumeLog, resumePoint } from './resume-point.ts';
import type { Resumer } from './resumer.ts';
import { fieldsOfRoom } from './room-fields.ts';
import type { Session } from './session.ts';
import type { RealtimeStore } from './store.ts';
import { Subscription } from './subscription.ts';

export interface RequestContext {
  readonly hub: Hub;
  readonly resumer: Resumer;
  readonly log: ResumeLog;
  readonly feeds: readonly RealtimeFeed[];
  readonly access: Access;
  readonly store: RealtimeStore;
  readonly verifier: TokenVerifier;
  readonly limits: RealtimeLimits;
  /** A user is to leave a room on every gateway. */
  readonly revoke: (room: string, user: string) => void;
  readonly onRenewed: (session: Session) => void;
}

export type Answer = Readonly<Record<string, unknown>> & { readonly ok: true };

/** What a request did: the answer, and what comes after it has been sent. */
export interface Handled {
  readonly answer: Answer;
  readonly afterwards?: () => void;
}

type Handle = (context: RequestContext, session: Session, payload: unknown) => Promise<Handled>;

/** Requests by the name of their event; each throws an AppError where it refuses. */
export const requestHandlers: ReadonlyMap<string, Handle> = new Map<string, Handle>([
  ['subscribe', subscribe],
  ['unsubscribe', unsubscribe],
  ['share', share],
  ['unshare', unshare],
  ['acknowledge', acknowledge],
  ['authenticate', authenticate],
]);

async function subscribe(context: RequestContext, session: Session, payload: unknown): Promise<Handled> {
  const { room: name, after, filter, fields } = parseRequest(payload, ['room', 'after', 'filter', 'fields']);
  const room = parseRoom(name, roomKinds);
  await context.access.requireJoin(session.caller, room);
  const { subscriptions } = session;
  const { roomsPerConnection } = context.limits;
  if (!subscriptions.has(room.name) && subscriptions.size >= roomsPerConnection) {
    throw new AppError('EVENTBUS_REALTIME_LIMIT_REACHED', `${roomsPerConnection} rooms of one connection`);
  }
  const allowed = fieldsOfRoom(room, context.feeds);
  const selection = {
    filter: filter === undefined || filter === null ? undefined : parseFilter(filter, allowed),
    fields: fields === undefined || fields === null ? undefined : parseFields(fields, allowed),
  };
  const afterwards = await join({ context, session, room, after: after ?? undefined }, selection);
  return { answer: { ok: true, room: room.name, position: session.position() }, afterwards };
}

export interface Joining {
  readonly context: RequestContext;
  readonly session: Session;
  readonly room: Room;
  /** Position to go on after. @default what comes next */
  readonly after?: unknown;
}

/**
 * Joins a room, live or where the position says; returns what is to be done after the client has been told.
 *
 * @throws AppError EVENTBUS_REALTIME_POSITION_INVALID, EVENTBUS_REALTIME_POSITION_TOO_OLD
 */
export async function join(
  { context, session, room, after }: Joining,
  selection: Subscription['selection'] = {},
): Promise<() => void> {
  const { hub, log, resumer } = context;
  const codes = feedsOf(room, context.feeds).map(({ code }) => code);
  const live = after === undefined;
  const place = live ? undefined : await resumePoint(room, after, log);
  if (session.ended) return () => {};
  const subscription = new Subscription(room, selection, { place: place ?? log.frontier.place(codes), live });
  hub.join(session, subscription);
  await Promise.resolve(session.socket.join(room.name));
  return () => {
    if (!live) resumer.enqueue(session, subscription);
  };
}

async function unsubscribe({ hub }: RequestContext, session: Session, payload: unknown): Promise<Handled> {
  const room = parseRoom(parseRequest(payload, ['room']).room, roomKinds);
  if (!hub.leave(session, room.name)) {
    throw new AppError('EVENTBUS_REALTIME_ROOM_INVALID', `the connection is not in ${room.name}`);
  }
  await session.socket.leave(room.name);
  return { answer: { ok: true, room: room.name, position: session.position() } };
}

async function share({ access, store }: RequestContext, session: Session, payload: unknown): Promise<Handled> {
  const request = parseRequest(payload, ['room', 'user']);
  const room = parseRoom(request.room, roomKinds);
  const user = parseUser(request.user);
  await access.requireOwner(session.caller, room);
  if (!(await store.share({ kind: room.kind.kind, id: room.id }, user))) {
    throw new AppError('EVENTBUS_REALTIME_LIMIT_REACHED', `${room.name} is shared with too many users`);
  }
  return { answer: { ok: true, room: room.name, user } };
}

async function unshare(context: RequestContext, session: Session, payload: unknown): Promise<Handled> {
  const request = parseRequest(payload, ['room', 'user']);
  const room = parseRoom(request.room, roomKinds);
  const user = parseUser(request.user);
  await context.access.requireOwner(session.caller, room);
  await context.store.unshare({ kind: room.kind.kind, id: room.id }, user);
  if (user !== session.user) context.revoke(room.name, user);
  return { answer: { ok: true, room: room.name, user } };
}

async function acknowledge({ store }: RequestContext, session: Session, payload: unknown): Promise<Handled> {
  const ids = parseIds(parseRequest(payload, ['ids']).ids);
  await store.acknowledge(session.user, ids);
  return { answer: { ok: true, acknowledged: ids.length } };
}

async function authenticate(context: RequestContext, session: Session, payload: unknown): Promise<Handled> {
  const { token } = parseRequest(payload, ['token']);
  const caller = await context.verifier.verify(typeof token === 'string' ? token : undefined);
  if (caller.subject !== session.user) {
    throw new AppError('EVENTBUS_REALTIME_SIGN_IN_CHANGED', `it is ${session.user}, the token says ${caller.subject}`);
  }
  session.caller = caller;
  context.onRenewed(session);
  return { answer: { ok: true, expiresAt: new Date(caller.expiresAtMs).toISOString() } };
}
