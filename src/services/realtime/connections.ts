import { AppError } from '../../core/errors/app-error.ts';
import { RateLimit } from '../../core/realtime/rate-limit.ts';
import type { RealtimeLimits } from './limits.ts';
import type { Session } from './session.ts';

interface OfUser {
  readonly requests: RateLimit;
  readonly sessions: Set<Session>;
}

/** Who is connected to this gateway. */
export class Connections {
  readonly #limits: RealtimeLimits;
  readonly #users = new Map<string, OfUser>();
  readonly #sessions = new Set<Session>();

  constructor(limits: RealtimeLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#sessions.size;
  }

  get users(): number {
    return this.#users.size;
  }

  all(): Iterable<Session> {
    return this.#sessions;
  }

  of(user: string): Iterable<Session> {
    return this.#users.get(user)?.sessions ?? [];
  }

  /** @throws AppError EVENTBUS_REALTIME_LIMIT_REACHED */
  requireRoomFor(user: string): void {
    const { connections, connectionsPerUser } = this.#limits;
    if (this.count >= connections) {
      throw new AppError('EVENTBUS_REALTIME_LIMIT_REACHED', `${connections} connections of this gateway`);
    }
    if ((this.#users.get(user)?.sessions.size ?? 0) >= connectionsPerUser) {
      throw new AppError('EVENTBUS_REALTIME_LIMIT_REACHED', `${connectionsPerUser} connections of user ${user}`);
    }
  }

  add(session: Session): void {
    this.#sessions.add(session);
    const ofUser = this.#users.get(session.user);
    if (ofUser !== undefined) ofUser.sessions.add(session);
    else {
      const requests = new RateLimit(this.#limits.requestsPerUser, Date.now());
      this.#users.set(session.user, { requests, sessions: new Set([session]) });
    }
  }

  remove(session: Session): void {
    this.#sessions.delete(session);
    const ofUser = this.#users.get(session.user);
    ofUser?.sessions.delete(session);
    if (ofUser?.sessions.size === 0) this.#users.delete(session.user);
  }

  /** @throws AppError EVENTBUS_REALTIME_RATE_LIMITED */
  requireRate(session: Session): void {
    const nowMs = Date.now();
    const { requests, requestsPerUser } = this.#limits;
    if (!session.requests.take(nowMs)) {
      throw new AppError('EVENTBUS_REALTIME_RATE_LIMITED', `${requests.perSecond} requests/s of one connection`);
    }
    if (this.#users.get(session.user)?.requests.take(nowMs) === false) {
      throw new AppError('EVENTBUS_REALTIME_RATE_LIMITED', `${requestsPerUser.perSecond} requests/s of one user`);
    }
  }
}
