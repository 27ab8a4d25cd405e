import type { LiveEvent } from './live-event.ts';

export interface RecentLimits {
  readonly recentEvents: number;
  readonly recentBytes: number;
}

/** The newest events by room, so that most connections resume without reading the log. */
export class RecentEvents {
  readonly #limits: RecentLimits;
  readonly #byRoom = new Map<string, LiveEvent[]>();
  /** Oldest kept offset of every partition, by topic code: from there on nothing is missing. */
  readonly #floors = new Map<number, number[]>();
  #order: LiveEvent[] = [];
  #head = 0;
  #bytes = 0;

  constructor(limits: RecentLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#order.length - this.#head;
  }

  /** From these offsets on every event will be added. */
  begin(code: number, offsets: readonly number[]): void {
    this.#floors.set(code, [...offsets]);
  }

  floor(code: number, partition: number): number {
    return this.#floors.get(code)?.[partition] ?? Number.POSITIVE_INFINITY;
  }

  add(event: LiveEvent): void {
    this.#order.push(event);
    this.#bytes += event.bytes;
    for (const room of event.rooms) {
      const list = this.#byRoom.get(room);
      if (list === undefined) this.#byRoom.set(room, [event]);
      else list.push(event);
    }
    while (this.count > this.#limits.recentEvents || this.#bytes > this.#limits.recentBytes) this.#forgetOldest();
  }

  /** Events of a room in the order of their arrival. */
  of(room: string): readonly LiveEvent[] {
    return this.#byRoom.get(room) ?? [];
  }

  #forgetOldest(): void {
    const event = this.#order[this.#head];
    if (event === undefined) return;
    this.#head += 1;
    this.#bytes -= event.bytes;
    if (this.#head > 10_000 && this.#head * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#head);
      this.#head = 0;
    }
    for (const room of event.rooms) {
      // Both lists are in the order of arrival, so the oldest of all is the oldest of its room.
      const list = this.#byRoom.get(room);
      list?.shift();
      if (list?.length === 0) this.#byRoom.delete(room);
    }
    const floors = this.#floors.get(event.code);
    if (floors !== undefined) {
      floors[event.partition] = Math.max(floors[event.partition] ?? 0, event.offset + 1);
    }
  }
}
