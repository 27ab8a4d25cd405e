import type { Socket } from 'socket.io';
import { project } from '../../core/realtime/filter.ts';
import { encodePosition, type Place, type Position } from '../../core/realtime/position.ts';
import { RateLimit } from '../../core/realtime/rate-limit.ts';
import type { Caller } from '../auth/token-verifier.ts';
import type { Frontier } from './frontier.ts';
import type { RealtimeLimits } from './limits.ts';
import type { EventMeta, LiveEvent } from './live-event.ts';
import { pressureOf, waitingBytes } from './outbox-pressure.ts';
import type { Subscription } from './subscription.ts';

/** Packets below which a client counts as keeping up. */
const easyPackets = 64;
const easyBytes = 256 * 1024;

/** One connection: who it is, its rooms, and how far it is in them. */
export class Session {
  readonly socket: Socket;
  readonly subscriptions = new Map<string, Subscription>();
  readonly requests: RateLimit;
  readonly packets: RateLimit;
  caller: Caller;
  /** The event that it got last, so that one of two rooms does not bring it twice. */
  lastEvent: LiveEvent | undefined;
  /** Whether it was told its position since the last sweep. */
  toldPosition = true;
  ended = false;
  /** Requests are answered one after another, and rooms catch up one after another. */
  requestChain: Promise<void> = Promise.resolve();
  resumeChain: Promise<void> = Promise.resolve();
  readonly #frontier: Frontier;
  readonly #limits: RealtimeLimits;
  #codes: readonly number[] = [];
  #codesKey = '';
  #unsettled = 0;
  /** Where the client was when it came back: for rooms that it has not subscribed to again yet. */
  #carried: Position | undefined;

  constructor(
    socket: Socket,
    caller: Caller,
    around: { readonly frontier: Frontier; readonly limits: RealtimeLimits },
  ) {
    this.socket = socket;
    this.caller = caller;
    this.#frontier = around.frontier;
    this.#limits = around.limits;
    this.requests = new RateLimit(around.limits.requests, Date.now());
    this.packets = new RateLimit(around.limits.packets, Date.now());
  }

  get user(): string {
    return this.caller.subject;
  }

  /** Topics of its rooms, as a key for what connections have in common. */
  get codesKey(): string {
    return this.#codesKey;
  }

  /** True while every room is at the gateway's own frontier. */
  get settled(): boolean {
    return this.#unsettled === 0 && this.#carried === undefined;
  }

  /** Positions keep the place of rooms that the client will subscribe to again in the next moments. */
  carry(position: Position, forMs: number): void {
    this.#carried = position;
    const timer = setTimeout(() => {
      this.#carried = undefined;
    }, forMs);
    timer.unref();
  }

  /** Called after rooms came, went or changed their state. */
  refresh(): void {
    const codes = new Set<number>();
    this.#unsettled = 0;
    for (const subscription of this.subscriptions.values()) {
      for (const code of subscription.codes) codes.add(code);
      if (subscription.state !== 'live') this.#unsettled += 1;
    }
    this.#codes = [...codes].toSorted((a, b) => a - b);
    this.#codesKey = this.#codes.join();
  }

  /** Position for the client: one place for all rooms, and places of those that are elsewhere. */
  position(): string {
    if (this.settled) return this.#frontier.text(this.#codes, this.#codesKey);
    const rooms = new Map<string, Place>(this.#carried?.rooms);
    // Rooms that wait for their turn are at one and the same place as a rule, which is then written once.
    const alike = new Map<string, Place>();
    for (const subscription of this.subscriptions.values()) {
      if (subscription.state === 'live' && this.#carried === undefined) continue;
      const place = subscription.place(this.#frontier);
      const key = JSON.stringify([...place]);
      const shared = alike.get(key) ?? place;
      alike.set(key, shared);
      rooms.set(subscription.room.name, shared);
    }
    return encodePosition({ place: this.#carried?.place ?? this.#frontier.place(this.#codes), rooms });
  }

  /** Tells the client how far it is, and which room has caught up, if that is why. */
  tellPosition(room?: string): void {
    this.toldPosition = true;
    this.socket.emit('session:position', { position: this.position(), ...(room === undefined ? {} : { room }) });
  }

  /** Sends one event through one room, on its own. */
  send(event: LiveEvent, subscription: Subscription): void {
    const { fields } = subscription.selection;
    const data = fields === undefined ? event.data : project(event.data, fields);
    this.socket.emit(event.name, data, this.metaOf(event, subscription));
  }

  metaOf(event: LiveEvent, { room }: Subscription): EventMeta {
    this.toldPosition = true;
    return metaOf(event, room.name, this.position());
  }

  /** Whether it reads so slowly that it is to be dropped. */
  overwhelmed(): boolean {
    const { maxQueuedPackets, maxQueuedBytes } = this.#limits;
    const { packets, bytes } = pressureOf(this.socket);
    if (packets > maxQueuedPackets || bytes > maxQueuedBytes) return true;
    return packets > easyPackets && packets % easyPackets === 0 && waitingBytes(this.socket) > maxQueuedBytes;
  }

  /** Whether more can be sent without piling up. */
  atEase(): boolean {
    const { packets, bytes } = pressureOf(this.socket);
    return packets < easyPackets && bytes < easyBytes;
  }
}

export function metaOf({ id, type, time }: LiveEvent, room: string, position: string): EventMeta {
  return { id, type, time, room, position };
}
