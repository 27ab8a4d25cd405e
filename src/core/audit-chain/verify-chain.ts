import { type ChainHead, type ChainPlace, emptyChain } from './chain.ts';

/** Where an entry was read. */
export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** An entry as a verifier reads it. */
export interface ReadLink extends ChainPlace {
  /** Hash that the entry carries. */
  readonly hash: string;
  /** Hash computed over what was read. */
  readonly computedHash: string;
  readonly place: LogPlace;
}

/**
 * How a chain can be broken. `altered`: the entry is not what its hash was computed over. `removed`: entries before it
 * are gone. `unlinked`: it builds on another entry than the one before it. `forked`: another entry has its place
 * already. `cut`: entries at the end are gone that the writer knows of.
 */
export type BreakKind = 'altered' | 'removed' | 'unlinked' | 'forked' | 'cut';

export interface ChainBreak {
  readonly kind: BreakKind;
  /** Place in the chain of the first entry that is not as it was. */
  readonly sequence: number;
  /** Where it was read; for `cut` the last entry that is there, or null when none is. */
  readonly place: LogPlace | null;
  /** One clause for a person. */
  readonly finding: string;
}

/** What is known of a chain after some of its entries. */
export interface ChainReading {
  readonly head: ChainHead;
  /** Hash by place, to tell a second copy from a fork; the first element belongs to `first`. */
  readonly hashes: readonly string[];
  /** Place of the first entry read; 0 before one was. */
  readonly first: number;
  readonly entries: number;
  /** Second copies of entries, which a writer that repeats itself after a crash leaves behind. */
  readonly copies: number;
  readonly last: LogPlace | null;
  readonly broken: ChainBreak | null;
}

/** A chain of which nothing was read. */
export const unreadChain: ChainReading = {
  head: emptyChain,
  hashes: [],
  first: 0,
  entries: 0,
  copies: 0,
  last: null,
  broken: null,
};

/**
 * Reads one more entry, in the order of the log. `mayBeginLate` says that entries before the first one may have been
 * given up with the topic's retention. After the first break nothing more is judged: whatever follows builds on it.
 */
export function readLink(before: ChainReading, link: ReadLink, mayBeginLate: boolean): ChainReading {
  if (before.broken !== null) return before;
  const { sequence, hash, place } = link;
  const found = breakAt(before, link, mayBeginLate);
  if (found !== null) return { ...before, broken: { ...found, sequence, place } };
  if (before.entries > 0 && sequence <= before.head.sequence) return { ...before, copies: before.copies + 1 };
  return {
    ...before,
    head: { sequence, hash },
    // One growing list a chain: copying it with every entry would cost the square of its length.
    hashes: grown(before, hash),
    first: before.entries === 0 ? sequence : before.first,
    entries: before.entries + 1,
    last: place,
  };
}

function grown({ hashes }: ChainReading, hash: string): readonly string[] {
  if (hashes.length === 0) return [hash];
  (hashes as string[]).push(hash);
  return hashes;
}

type Found = Pick<ChainBreak, 'kind' | 'finding'>;

function breakAt({ head, hashes, first, entries }: ChainReading, link: ReadLink, mayBeginLate: boolean): Found | null {
  const { sequence, previousHash, hash, computedHash } = link;
  if (computedHash !== hash) {
    return { kind: 'altered', finding: `carries the hash ${short(hash)}, its content has ${short(computedHash)}` };
  }
  if (entries > 0 && sequence <= head.sequence) {
    const known = hashes[sequence - first];
    if (known === hash || sequence < first) return null;
    return { kind: 'forked', finding: `another entry with the hash ${short(known ?? '')} has this place already` };
  }
  if (entries === 0 && mayBeginLate) return null;
  if (sequence !== head.sequence + 1) {
    const missing = sequence - head.sequence - 1;
    const gone = missing === 1 ? `entry ${sequence - 1} is` : `entries ${head.sequence + 1} to ${sequence - 1} are`;
    return { kind: 'removed', finding: `${gone} gone before it` };
  }
  if (previousHash === head.hash) return null;
  return { kind: 'unlinked', finding: `builds on ${short(previousHash)}, the entry before it is ${short(head.hash)}` };
}

/** Judges the end of a chain by the head that its writer keeps; null when the writer keeps none. */
export function closeChain(read: ChainReading, writer: ChainHead | null): ChainReading {
  if (read.broken !== null || writer === null) return read;
  const { head, last } = read;
  if (writer.sequence > head.sequence) {
    const missing = writer.sequence - head.sequence;
    const gone =
      missing === 1 ? `entry ${writer.sequence} is` : `entries ${head.sequence + 1} to ${writer.sequence} are`;
    const finding = `${gone} gone from the end; the writer has come to ${writer.sequence}`;
    return { ...read, broken: { kind: 'cut', sequence: head.sequence + 1, place: last, finding } };
  }
  const known = read.hashes[writer.sequence - read.first];
  if (writer.sequence === 0 || known === undefined || known === writer.hash) return read;
  const finding = `the writer remembers entry ${writer.sequence} with the hash ${short(writer.hash)}, here it has ${short(known)}`;
  return { ...read, broken: { kind: 'forked', sequence: writer.sequence, place: last, finding } };
}

function short(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}
