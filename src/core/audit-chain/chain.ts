/** Where a chain of entries ends: the place and the hash that the next entry builds on. */
export interface ChainHead {
  /** Place of the last entry; 0 before the first. */
  readonly sequence: number;
  /** Hash of the last entry, 64 lower-case hexadecimal digits; 64 zeros before the first. */
  readonly hash: string;
}

/** The place of an entry in its chain, and what it builds on; its own hash is computed over both. */
export interface ChainPlace {
  /** 1 for the first entry, without gaps. */
  readonly sequence: number;
  readonly previousHash: string;
}

/** The head of a chain without an entry. */
export const emptyChain: ChainHead = { sequence: 0, hash: '0'.repeat(64) };

/** The place of the entry after the head. */
export function placeAfter({ sequence, hash }: ChainHead): ChainPlace {
  return { sequence: sequence + 1, previousHash: hash };
}
