import type { Filter } from '../../core/realtime/filter.ts';
import type { Place } from '../../core/realtime/position.ts';
import type { Room } from '../../core/realtime/room.ts';
import type { Frontier } from './frontier.ts';
import type { LiveEvent } from './live-event.ts';

/** What a client asked of a room. */
export interface Selection {
  readonly filter?: Filter | undefined;
  readonly fields?: readonly string[] | undefined;
}

/**
 * `catching`: what was missed is being sent, and live events wait for their turn in memory. `ahead`: the client has seen
 * more than this gateway has read so far. `live`: gets what this gateway reads.
 */
export type SubscriptionState = 'catching' | 'ahead' | 'live';

/** One room of one connection. */
export class Subscription {
  readonly room: Room;
  readonly selection: Selection;
  /** Rooms and shapes that are alike are served with one packet. */
  readonly shape: string;
  state: SubscriptionState;
  cancelled = false;
  /** Where this connection began to get the room's events. */
  readonly #start: ReadonlyMap<number, readonly number[]>;
  /** Next offset by partition while not live. */
  readonly #next: Map<number, number[]>;

  constructor(room: Room, selection: Selection, begin: { readonly place: Place; readonly live: boolean }) {
    this.room = room;
    this.selection = selection;
    this.shape = JSON.stringify([room.name, selection.fields ?? null]);
    this.state = begin.live ? 'live' : 'catching';
    this.#start = new Map([...begin.place].map(([code, offsets]) => [code, [...offsets]]));
    this.#next = new Map([...begin.place].map(([code, offsets]) => [code, [...offsets]]));
  }

  get codes(): readonly number[] {
    return [...this.#start.keys()];
  }

  wants(event: LiveEvent): boolean {
    return this.selection.filter?.(event.data) ?? true;
  }

  next(code: number): readonly number[] {
    return this.#next.get(code) ?? [];
  }

  /** Whether the event is still to come, as far as this room is concerned. */
  awaits({ code, partition, offset }: Pick<LiveEvent, 'code' | 'partition' | 'offset'>): boolean {
    return offset >= (this.#next.get(code)?.[partition] ?? 0);
  }

  advance(code: number, partition: number, next: number): void {
    const offsets = this.#next.get(code);
    if (offsets !== undefined && next > (offsets[partition] ?? 0)) offsets[partition] = next;
  }

  /** Whether this connection has had the event through this room, or would have, had the filter let it pass. */
  covered(event: LiveEvent, frontier: Frontier): boolean {
    const { code, partition, offset } = event;
    if (offset < (this.#start.get(code)?.[partition] ?? 0)) return false;
    const read = this.state === 'live' ? (frontier.of(code)[partition] ?? 0) : 0;
    return offset < Math.max(read, this.#next.get(code)?.[partition] ?? 0);
  }

  /** Everything up to the frontier has been sent: from here on live, once the gateway is as far as the client. */
  catchUp(frontier: Frontier): void {
    for (const [code, offsets] of this.#next) {
      const read = frontier.of(code);
      read.forEach((offset, partition) => {
        offsets[partition] = Math.max(offset, offsets[partition] ?? 0);
      });
    }
    this.state = 'ahead';
    this.settle(frontier);
  }

  /** From `ahead` to `live` as soon as the gateway has read what the client has seen. */
  settle(frontier: Frontier): void {
    if (this.state !== 'ahead') return;
    for (const [code, offsets] of this.#next) {
      const read = frontier.of(code);
      if (offsets.some((offset, partition) => offset > (read[partition] ?? 0))) return;
    }
    this.state = 'live';
  }

  /** How far the client is in this room. */
  place(frontier: Frontier): Place {
    if (this.state === 'catching') return new Map([...this.#next].map(([code, offsets]) => [code, [...offsets]]));
    return new Map(
      [...this.#next].map(([code, offsets]) => {
        const read = frontier.of(code);
        const length = Math.max(read.length, offsets.length);
        return [code, Array.from({ length }, (_, at) => Math.max(read[at] ?? 0, offsets[at] ?? 0))];
      }),
    );
  }
}
