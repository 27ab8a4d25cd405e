import { encodePosition, type Place } from '../../core/realtime/position.ts';

const noRooms: ReadonlyMap<string, Place> = new Map();

/** How far this gateway has delivered: the next offset of every partition of every topic. */
export class Frontier {
  readonly #next = new Map<number, number[]>();
  readonly #texts = new Map<string, string>();

  /** Partitions of a topic begin, or are set anew after a gap. */
  begin(code: number, offsets: readonly number[]): void {
    this.#next.set(code, [...offsets]);
    this.#texts.clear();
  }

  advance(code: number, partition: number, next: number): void {
    const offsets = this.of(code);
    if (next <= (offsets[partition] ?? 0)) return;
    offsets[partition] = next;
    this.#texts.clear();
  }

  /** Next offsets of a topic; the list changes as the gateway goes on. */
  of(code: number): number[] {
    return this.#next.get(code) ?? [];
  }

  /** A copy of the place as it is now. */
  place(codes: readonly number[]): Map<number, number[]> {
    return new Map(codes.map((code) => [code, [...this.of(code)]]));
  }

  /** The place as clients keep it; asked for many times between two changes. */
  text(codes: readonly number[], key: string): string {
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = encodePosition({ place: new Map(codes.map((code) => [code, this.of(code)])), rooms: noRooms });
    this.#texts.set(key, text);
    return text;
  }
}
