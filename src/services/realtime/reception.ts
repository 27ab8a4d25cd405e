import type { Server, Socket } from 'socket.io';
import { roomKinds } from '../../catalogue/realtime.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { decodePosition } from '../../core/realtime/position.ts';
import { parseRoom } from '../../core/realtime/room.ts';
import type { Connections } from './connections.ts';
import type { Tally } from './counters.ts';
import type { Frontier } from './frontier.ts';
import { deliverKept, type KeptLink } from './inbox.ts';
import type { LiveEvent } from './live-event.ts';
import type { RealtimeLog } from './realtime-log.ts';
import { join, type RequestContext, requestHandlers } from './requests.ts';
import { Session } from './session.ts';
import { connectError, type Refusal, refusalOf, type SignedIn, signIn } from './sign-in.ts';
import type { Subscription } from './subscription.ts';

export interface ReceptionOptions {
  readonly io: Server;
  readonly requests: Omit<RequestContext, 'revoke' | 'onRenewed'>;
  readonly connections: Connections;
  readonly frontier: Frontier;
  readonly dropped: Tally;
  readonly refused: Tally;
  readonly log: RealtimeLog;
  /** Whether other gateways are reached through the adapter. */
  readonly shared: boolean;
}

/** Longest time a timer takes. */
const maxTimerMs = 2 ** 31 - 1;
const revokeEvent = 'realtime:revoke';

/** Takes connections, answers their requests, and ends them with a reason. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #context: RequestContext;
  readonly #kept: KeptLink;
  readonly #sweeper: NodeJS.Timeout;
  readonly #expiries = new Map<Session, NodeJS.Timeout>();

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#context = {
      ...options.requests,
      revoke: (room, user) => this.#revokeEverywhere(room, user),
      onRenewed: (session) => void this.#renewed(session),
    };
    const { store, limits } = options.requests;
    this.#kept = { store, log: options.log, limit: limits.inboxEvents };
    options.io.use((socket, next) => void this.#admit(socket).then(() => next(), next));
    options.io.on('connection', (socket) => this.#receive(socket));
    if (options.shared) options.io.on(revokeEvent, (room: string, user: string) => this.#revoke(room, user));
    this.#sweeper = setInterval(() => this.#sweep(), limits.sweepMs);
    this.#sweeper.unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const timer of this.#expiries.values()) clearTimeout(timer);
  }

  /** Tells everyone why their connections will end; the client then connects again by itself. */
  announceEnd(reason: AppError): void {
    for (const { socket } of this.#options.connections.all()) socket.emit('session:end', refusalOf(reason));
  }

  /** Everyone is to connect again, and to learn from the answer to the position that it is too old. */
  dropAll(why: string): void {
    const reason = new AppError('EVENTBUS_REALTIME_CLOSING', why);
    this.announceEnd(reason);
    for (const session of this.#options.connections.all()) {
      this.#options.dropped.add(reason.code);
      session.socket.conn.close();
    }
  }

  /** What waits for it is thrown away with the connection, or the end would wait too; it may resume. */
  dropSlow(session: Session): void {
    if (session.ended) return;
    const { user } = session;
    const reason = new AppError('EVENTBUS_REALTIME_SLOW_CONSUMER', `user ${user}, connection ${session.socket.id}`);
    this.#options.log.warn({ code: reason.code, user }, reason.message);
    this.#options.dropped.add(reason.code);
    session.ended = true;
    session.socket.conn.close(true);
  }

  /** Sends an event that the user is to acknowledge, on its own because each answer counts. */
  sendKept(session: Session, event: LiveEvent, subscription: Subscription): void {
    deliverKept(this.#kept, session, { event, subscription });
  }

  /** A room could not be brought up to date. */
  endRoom(session: Session, { room }: Subscription, error: AppError): void {
    this.#options.refused.add(error.code);
    this.#options.log.warn({ code: error.code, room: room.name, user: session.user }, error.message);
    this.#leave(session, room.name, refusalOf(error));
  }

  async #admit(socket: Socket): Promise<void> {
    try {
      const signedIn = await signIn(socket, this.#context.verifier);
      this.#options.connections.requireRoomFor(signedIn.caller.subject);
      socket.data = signedIn;
    } catch (error) {
      throw connectError(this.#note(error, 'connect'));
    }
  }

  #receive(socket: Socket): void {
    const { frontier, connections } = this.#options;
    const { caller, after } = socket.data as SignedIn;
    const session = new Session(socket, caller, { frontier, limits: this.#context.limits });
    connections.add(session);
    socket.on('disconnect', () => {
      session.ended = true;
      clearTimeout(this.#expiries.get(session));
      this.#expiries.delete(session);
      connections.remove(session);
      this.#context.hub.leaveAll(session);
    });
    socket.conn.on('packet', () => {
      if (!session.packets.take(Date.now())) this.#end(session, rateExceeded(this.#context.limits.packets.perSecond));
    });
    socket.onAny((event: unknown, ...args: readonly unknown[]) => this.#request(session, event, args));
    this.#watchExpiry(session);
    session.requestChain = this.#welcome(session, after).catch((error: unknown) => {
      this.#end(session, this.#note(error, 'connect'));
    });
  }

  /** Joins the rooms that everyone is in, and tells where the connection begins. */
  async #welcome(session: Session, after: unknown): Promise<void> {
    const own = parseRoom(`user:${session.user}`, roomKinds);
    const common = parseRoom('everyone', roomKinds);
    const afterAnswer: (() => void)[] = [];
    let resume: { readonly ok: true } | Refusal | undefined = after === undefined ? undefined : { ok: true };
    for (const room of [own, common]) {
      const joining = { context: this.#context, session, room };
      try {
        if (resume?.ok === true) {
          afterAnswer.push(await join({ ...joining, after }));
          continue;
        }
      } catch (error) {
        resume = refusalOf(this.#note(error, 'resume'));
      }
      afterAnswer.push(await join(joining));
    }
    if (session.ended) return;
    const carried = resume?.ok === true && typeof after === 'string' ? decodePosition(after) : undefined;
    if (carried !== undefined) session.carry(carried, this.#context.limits.resubscribeMs);
    session.socket.emit('session:ready', {
      user: session.user,
      rooms: [...session.subscriptions.keys()],
      position: session.position(),
      expiresAt: new Date(session.caller.expiresAtMs).toISOString(),
      ...(resume === undefined ? {} : { resume }),
    });
    for (const then of afterAnswer) then();
    await this.#kept.store
      .keptEvents(session.user, this.#kept.limit)
      .then((events) => deliverKept(this.#kept, session, { events }))
      .catch((error: unknown) => this.#options.log.warn({ user: session.user }, `kept events: ${String(error)}`));
  }

  /** Requests of one connection are answered in their order, one at a time. */
  #request(session: Session, event: unknown, args: readonly unknown[]): void {
    const last = args.at(-1);
    const answer = typeof last === 'function' ? (last as (answer: object) => void) : () => {};
    const payload = typeof last === 'function' ? args.slice(0, -1) : args;
    try {
      this.#options.connections.requireRate(session);
    } catch (error) {
      answer(refusalOf(this.#note(error, String(event).slice(0, 40))));
      return;
    }
    session.requestChain = session.requestChain.then(async () => {
      if (session.ended) return;
      try {
        const { answer: done, afterwards } = await this.#handle(session, event, payload);
        answer(done);
        afterwards?.();
      } catch (error) {
        answer(refusalOf(this.#note(error, String(event).slice(0, 40))));
      }
    });
  }

  #handle(session: Session, event: unknown, payload: readonly unknown[]) {
    const handler = requestHandlers.get(String(event));
    if (handler === undefined) {
      const what = `there is no "${String(event).slice(0, 40)}", allowed are ${[...requestHandlers.keys()].join(', ')}`;
      throw new AppError('EVENTBUS_REALTIME_REQUEST_INVALID', what);
    }
    return handler(this.#context, session, payload[0]);
  }

  #note(error: unknown, during: string): unknown {
    const { code } = refusalOf(error);
    this.#options.refused.add(code);
    const own = error instanceof AppError && error.failure !== 'dependency';
    if (!own) this.#options.log.error({ during, code }, String(error));
    return error;
  }

  #end(session: Session, error: unknown): void {
    if (session.ended) return;
    const refusal = refusalOf(error);
    this.#options.dropped.add(refusal.code);
    session.ended = true;
    session.socket.emit('session:end', refusal);
    session.socket.disconnect(true);
  }

  #leave(session: Session, room: string, refusal: Refusal): void {
    if (!this.#context.hub.leave(session, room)) return;
    void session.socket.leave(room);
    session.socket.emit('room:left', { room, ...refusal });
  }

  #watchExpiry(session: Session): void {
    clearTimeout(this.#expiries.get(session));
    const leftMs = session.caller.expiresAtMs - Date.now();
    const timer = setTimeout(
      () => {
        if (session.caller.expiresAtMs > Date.now()) this.#watchExpiry(session);
        else this.#end(session, expired(session));
      },
      Math.min(Math.max(leftMs, 0), maxTimerMs),
    );
    timer.unref();
    this.#expiries.set(session, timer);
  }

  /** A new token may say less than the old one. */
  async #renewed(session: Session): Promise<void> {
    this.#watchExpiry(session);
    await this.#checkRooms(session);
  }

  async #checkRooms(session: Session): Promise<void> {
    for (const { room } of session.subscriptions.values()) {
      try {
        await this.#context.access.requireJoin(session.caller, room);
      } catch (error) {
        const denied = error instanceof AppError && error.code === 'EVENTBUS_REALTIME_ROOM_DENIED';
        if (denied) this.#leave(session, room.name, refusalOf(error));
      }
    }
  }

  #revokeEverywhere(room: string, user: string): void {
    this.#revoke(room, user);
    if (this.#options.shared) this.#options.io.serverSideEmit(revokeEvent, room, user);
  }

  #revoke(room: string, user: string): void {
    const reason = new AppError('EVENTBUS_REALTIME_ROOM_DENIED', `${room} is no longer shared with ${user}`);
    for (const session of this.#options.connections.of(user)) this.#leave(session, room, refusalOf(reason));
  }

  /** Quiet connections learn how far the log is, so that resuming stays short; shared rooms are checked again. */
  #sweep(): void {
    for (const session of this.#options.connections.all()) {
      if (!session.toldPosition) session.tellPosition();
      session.toldPosition = false;
      const shared = [...session.subscriptions.values()].some(({ room }) => room.kind.access === 'owner-or-shared');
      if (shared && !this.#options.shared) void this.#checkRooms(session);
    }
  }
}

function rateExceeded(perSecond: number): AppError {
  return new AppError('EVENTBUS_REALTIME_RATE_LIMITED', `${perSecond} packets/s of one connection`);
}

function expired({ caller }: Session): AppError {
  return new AppError('EVENTBUS_AUTH_TOKEN_EXPIRED', `it ended at ${new Date(caller.expiresAtMs).toISOString()}`);
}
