/** Letters that are sent in one go at most. */
export const largestChunk = 500;

/** Credit of a stream of letters at a moment; begins as `{ letters: 0, atMs: now }`. */
export interface Credit {
  /** May be a fraction. */
  readonly letters: number;
  /** ms, any clock that only goes forwards. */
  readonly atMs: number;
}

/** What may be sent now, or how long to wait until something may; one of the two is 0. */
export interface Turn {
  readonly letters: number;
  readonly waitMs: number;
  /** Credit after these letters. */
  readonly credit: Credit;
}

/**
 * The next turn of an even stream of `perSecond` letters (more than 0): a tenth of a second's letters together. Credit
 * grows to twice that at most, so that a pause is not made up for by a flood.
 */
export function nextTurn(credit: Credit, perSecond: number, nowMs: number): Turn {
  const together = Math.min(largestChunk / 2, Math.max(1, Math.floor(perSecond / 10)));
  const earned = (Math.max(0, nowMs - credit.atMs) / 1000) * perSecond;
  const available = Math.min(2 * together, credit.letters + earned);
  const letters = available < together ? 0 : Math.floor(available);
  const waitMs = letters > 0 ? 0 : Math.max(1, Math.ceil(((together - available) * 1000) / perSecond));
  return { letters, waitMs, credit: { letters: available - letters, atMs: nowMs } };
}
