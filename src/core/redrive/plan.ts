import type { Consumer } from '../../catalogue/model.ts';

/** What planning knows of a letter; payloads stay where they are. */
export interface PlannableLetter {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly partition: number;
  /** Place in the order of its key: the record's own offset, or that of the record that it repeats. */
  readonly offset: number;
  /** Whether the order of its key matters: not to a consumer that relies on none, and not on another topic. */
  readonly ordered: boolean;
  /** Key of the failed record, any text form; null for a record without one. */
  readonly key: string | null;
  /** Whether the record to be sent has another key than the one that failed. */
  readonly keyChanged: boolean;
  /** How often the record has been redriven before. */
  readonly redrives: number;
  /** Why the letter cannot be sent, found before planning: its state, its payload, its migration. */
  readonly obstacle: Refusal | null;
}

/** Why a letter is not sent. */
export type RefusalReason =
  /** Redriven or discarded already. */
  | 'closed'
  /** Part of a redrive that has not ended. */
  | 'in-another-redrive'
  /** Redriven as often as is allowed: what failed every time will fail again. */
  | 'redriven-too-often'
  /** Neither the letter nor the object store has the record's bytes. */
  | 'payload-missing'
  /** The migration threw, or what it made does not fit the target schema. */
  | 'migration-failed'
  /** The migration returned null. */
  | 'left-out'
  /** An earlier letter of the key is refused, so this one would overtake it. */
  | 'behind-refused-letter'
  /** An earlier letter of the key is open and not selected, so this one would overtake it. */
  | 'behind-open-letter'
  /** The log holds later records of the key, which the consumer has met already or will meet first. */
  | 'later-records'
  /** The migration gives it another key, among whose records it has no place. */
  | 'key-changed'
  /** Retention has taken what followed the letter, so nobody can tell. */
  | 'later-records-unknown';

export interface Refusal {
  readonly reason: RefusalReason;
  /** For people: what was found. */
  readonly detail: string;
}

/** What is known about the order of the letters' keys. */
export interface KeyOrder {
  /** `kept`: a letter that would break it is refused. `given-up`: the caller accepts that it breaks. */
  readonly mode: 'kept' | 'given-up';
  /** By {@link keyPlace}: offsets of open letters of the consumer that are not selected. */
  readonly openOffsets: ReadonlyMap<string, readonly number[]>;
  /** By {@link keyPlace}: the last offset of the key in the log that is no open letter of the consumer's. */
  readonly lastOffsets: ReadonlyMap<string, number>;
  /** By {@link partitionPlace}: the first offset that the log still has. */
  readonly logStarts: ReadonlyMap<string, number>;
}

export interface PlanOptions {
  readonly maxRedrives: number;
  readonly order: KeyOrder;
}

export interface RedrivePlan<L extends PlannableLetter> {
  /** In the order in which they are sent: per partition, and so per key, as they were in the log. */
  readonly send: readonly L[];
  readonly refused: readonly (Refusal & { readonly letter: L })[];
  /** Letters that are sent although the order of their keys breaks; empty unless it is given up. */
  readonly reordered: readonly (Refusal & { readonly letter: L })[];
}

type KeyHolder = Pick<PlannableLetter, 'consumer' | 'topic' | 'partition' | 'key' | 'ordered'>;

/** Names a key of a partition at a consumer; undefined where no order was promised. */
export function keyPlace({ consumer, topic, partition, key, ordered }: KeyHolder): string | undefined {
  return key === null || !ordered ? undefined : `${consumer}/${topic}/${partition}/${key}`;
}

export function partitionPlace({ topic, partition }: Pick<PlannableLetter, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}

/** Whether the consumer relies on the order of keys; one that the catalogue does not know may. */
export function reliesOnOrder(consumer: Pick<Consumer, 'ordering'> | undefined): boolean {
  return consumer?.ordering !== 'none';
}

/** Decides for every letter whether it is sent, and in which order. */
export function planRedrive<L extends PlannableLetter>(letters: readonly L[], options: PlanOptions): RedrivePlan<L> {
  const { order, maxRedrives } = options;
  const send: L[] = [];
  const refused: (Refusal & { readonly letter: L })[] = [];
  const reordered: (Refusal & { readonly letter: L })[] = [];
  /** First refused offset by key. */
  const heldBack = new Map<string, number>();
  for (const letter of letters.toSorted(byPlace)) {
    const place = keyPlace(letter);
    const own = letter.obstacle ?? tooOften(letter, maxRedrives);
    const inOrder = own === null ? orderObstacle(letter, order, heldBack) : null;
    if (own === null && (inOrder === null || order.mode === 'given-up')) {
      send.push(letter);
      if (inOrder !== null) reordered.push({ ...inOrder, letter });
      continue;
    }
    refused.push({ ...((own ?? inOrder) as Refusal), letter });
    if (place !== undefined && !isOver(own) && !heldBack.has(place)) heldBack.set(place, letter.offset);
  }
  return { send, refused, reordered };
}

/** A letter that is closed waits for nothing, so later ones of its key cannot overtake it. */
function isOver(refusal: Refusal | null): boolean {
  return refusal?.reason === 'closed';
}

function tooOften({ redrives }: PlannableLetter, maxRedrives: number): Refusal | null {
  if (redrives < maxRedrives) return null;
  return { reason: 'redriven-too-often', detail: `redriven ${redrives} times, allowed are ${maxRedrives}` };
}

function orderObstacle(
  letter: PlannableLetter,
  { openOffsets, lastOffsets, logStarts }: KeyOrder,
  heldBack: ReadonlyMap<string, number>,
): Refusal | null {
  const place = keyPlace(letter);
  if (place === undefined) return null;
  const held = heldBack.get(place);
  if (held !== undefined) {
    return { reason: 'behind-refused-letter', detail: `the letter of the same key at offset ${held} is refused` };
  }
  const open = openOffsets.get(place)?.find((offset) => offset < letter.offset);
  if (open !== undefined) {
    return { reason: 'behind-open-letter', detail: `the letter of the same key at offset ${open} is not selected` };
  }
  if (letter.keyChanged) return { reason: 'key-changed', detail: 'it would join the records of another key' };
  const last = lastOffsets.get(place);
  if (last !== undefined && last > letter.offset) {
    return { reason: 'later-records', detail: `the log holds the same key up to offset ${last}` };
  }
  const start = logStarts.get(partitionPlace(letter));
  if (start === undefined || start <= letter.offset + 1) return null;
  return { reason: 'later-records-unknown', detail: `the log begins at offset ${start}` };
}

function byPlace(left: PlannableLetter, right: PlannableLetter): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1;
  return left.partition - right.partition || left.offset - right.offset;
}

/** How many letters were refused for each reason, most frequent first. */
export function refusalCounts(refused: readonly Refusal[]): Readonly<Partial<Record<RefusalReason, number>>> {
  const counts = new Map<RefusalReason, number>();
  for (const { reason } of refused) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, left], [, right]) => right - left));
}
