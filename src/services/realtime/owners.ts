import type { OwnerQuestion, Ownership } from '../../core/realtime/routed-event.ts';
import type { RealtimeStore } from './store.ts';

const maxKnown = 100_000;
/** How long "nobody knows" is believed. */
const unknownMs = 2_000;

/** Whose things are: what this gateway has seen in events, then what the store knows. */
export class Owners {
  readonly #store: Pick<RealtimeStore, 'owners'>;
  readonly #known = new Map<string, string>();
  readonly #unknownUntil = new Map<string, number>();

  constructor(store: Pick<RealtimeStore, 'owners'>) {
    this.#store = store;
  }

  learn({ kind, id, owner }: Ownership): void {
    const key = `${kind}:${id}`;
    // Whoever was first stays the owner: a later event cannot take a thing away.
    if (this.#known.has(key)) return;
    this.#known.set(key, owner);
    this.#unknownUntil.delete(key);
    forgetOldest(this.#known);
  }

  known({ kind, id }: OwnerQuestion): string | undefined {
    return this.#known.get(`${kind}:${id}`);
  }

  /** Asks the store for what is not known. */
  async resolve(questions: readonly OwnerQuestion[]): Promise<void> {
    const nowMs = Date.now();
    const open = questions.filter(({ kind, id }) => {
      const key = `${kind}:${id}`;
      return !this.#known.has(key) && (this.#unknownUntil.get(key) ?? 0) <= nowMs;
    });
    for (const [kind, ofKind] of Map.groupBy(open, (question) => question.kind)) {
      const ids = [...new Set(ofKind.map(({ id }) => id))];
      const found = await this.#store.owners(kind, ids);
      for (const id of ids) {
        const owner = found.get(id);
        if (owner !== undefined) this.learn({ kind, id, owner });
        else this.#unknownUntil.set(`${kind}:${id}`, nowMs + unknownMs);
      }
    }
    forgetOldest(this.#unknownUntil);
  }

  async ownerOf(thing: OwnerQuestion): Promise<string | undefined> {
    const known = this.known(thing);
    if (known !== undefined) return known;
    const found = (await this.#store.owners(thing.kind, [thing.id])).get(thing.id);
    if (found !== undefined) this.learn({ ...thing, owner: found });
    return found ?? this.known(thing);
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= maxKnown) return;
    map.delete(key);
  }
}
