import type { Server } from 'socket.io';
import { project } from '../../core/realtime/filter.ts';
import type { Frontier } from './frontier.ts';
import type { LiveEvent } from './live-event.ts';
import type { RecentEvents } from './recent-events.ts';
import { metaOf, type Session } from './session.ts';
import type { Subscription } from './subscription.ts';

/** Connections that get the same packet. */
interface Group {
  readonly session: Session;
  readonly subscription: Subscription;
  readonly ids: string[];
}

export interface HubOptions {
  readonly io: Server;
  readonly frontier: Frontier;
  readonly recent: RecentEvents;
  readonly onSlow: (session: Session) => void;
  /** Sends an event that its user is to acknowledge. */
  readonly sendKept: (session: Session, event: LiveEvent, subscription: Subscription) => void;
}

/** The rooms of this gateway, and the way of live events into them. */
export class Hub {
  readonly #options: HubOptions;
  readonly #rooms = new Map<string, Map<Session, Subscription>>();
  eventsIn = 0;
  eventsOut = 0;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  join(session: Session, subscription: Subscription): void {
    const { name } = subscription.room;
    this.leave(session, name);
    session.subscriptions.set(name, subscription);
    const members = this.#rooms.get(name);
    if (members === undefined) this.#rooms.set(name, new Map([[session, subscription]]));
    else members.set(session, subscription);
    session.refresh();
  }

  leave(session: Session, name: string): boolean {
    const subscription = session.subscriptions.get(name);
    if (subscription === undefined) return false;
    subscription.cancelled = true;
    session.subscriptions.delete(name);
    const members = this.#rooms.get(name);
    members?.delete(session);
    if (members?.size === 0) this.#rooms.delete(name);
    session.refresh();
    return true;
  }

  leaveAll(session: Session): void {
    for (const name of session.subscriptions.keys()) this.leave(session, name);
  }

  /** Remembers an event and sends it to everyone whose turn it is; alike connections share one encoded packet. */
  deliver(event: LiveEvent): void {
    this.eventsIn += 1;
    this.#options.recent.add(event);
    const groups = new Map<string, Group>();
    for (const name of event.rooms) {
      for (const [session, subscription] of this.#rooms.get(name) ?? []) {
        if (subscription.state !== 'live' && !this.#takesUnsettled(session, subscription, event)) continue;
        if (!subscription.wants(event)) continue;
        if (event.rooms.length > 1) {
          // The most specific of its rooms brings the event, the others do not bring it again.
          if (session.lastEvent === event) continue;
          session.lastEvent = event;
        }
        this.#sendOrGroup(groups, event, { session, subscription });
      }
    }
    for (const { session, subscription, ids } of groups.values())
      this.#broadcast(event, ids, { session, subscription });
  }

  /** Whether another room of the connection has brought the event already; asked for missed events only. */
  hadElsewhere(session: Session, subscription: Subscription, event: LiveEvent): boolean {
    return event.rooms.some((name) => {
      const other = session.subscriptions.get(name);
      if (other === undefined || other === subscription) return false;
      return other.covered(event, this.#options.frontier) && other.wants(event);
    });
  }

  #takesUnsettled(session: Session, subscription: Subscription, event: LiveEvent): boolean {
    if (subscription.state === 'catching') return false;
    const before = subscription.state;
    const takes = subscription.awaits(event);
    subscription.settle(this.#options.frontier);
    if (subscription.state !== before) session.refresh();
    return takes;
  }

  #sendOrGroup(groups: Map<string, Group>, event: LiveEvent, { session, subscription }: Omit<Group, 'ids'>): void {
    if (session.overwhelmed()) {
      this.#options.onSlow(session);
      return;
    }
    this.eventsOut += 1;
    session.toldPosition = true;
    if (event.keptFor === session.user) this.#options.sendKept(session, event, subscription);
    else if (session.settled) {
      const key = `${session.codesKey} ${subscription.shape}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { session, subscription, ids: [session.socket.id] });
      else group.ids.push(session.socket.id);
    } else session.send(event, subscription);
  }

  #broadcast(event: LiveEvent, ids: readonly string[], { session, subscription }: Omit<Group, 'ids'>): void {
    const { fields } = subscription.selection;
    const data = fields === undefined ? event.data : project(event.data, fields);
    const meta = metaOf(event, subscription.room.name, session.position());
    this.#options.io.local.to([...ids]).emit(event.name, data, meta);
  }
}
