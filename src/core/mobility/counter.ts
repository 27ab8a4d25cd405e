/** A step of a count at its own time: one vehicle more, or one less. */
export type Move = readonly [ms: number, by: number];

/**
 * A count that is told in two ways: as a whole, by snapshots, and in steps, by moves. Both carry their own times, and the
 * result does not depend on the order in which they arrive, as far as the moves are remembered.
 */
export interface Counter {
  /** What the newest snapshot said, and the moves behind it that are no longer remembered; null before any snapshot. */
  readonly value: number | null;
  /** Time of the newest snapshot, ms; null before the first. */
  readonly snapshotMs: number | null;
  /** Time of the newest move that is no longer remembered by itself, ms; null when all are. */
  readonly settledMs: number | null;
  /** Moves after the snapshot, in order of time. */
  readonly moves: readonly Move[];
}

export const newCounter: Counter = { value: null, snapshotMs: null, settledMs: null, moves: [] };

/** Moves that are remembered by themselves: how far back a late snapshot can still be put in its place. */
export const moveLimit = 128;

/** The count now; null while no snapshot has told where it begins. Below 0 when moves were lost. */
export function countOf({ value, moves }: Counter): number | null {
  return value === null ? null : moves.reduce((sum, [, by]) => sum + by, value);
}

/**
 * Takes a snapshot: everything up to its time is in it, the moves behind it count on top.
 * @returns null for a snapshot that is older than what is known
 */
export function withSnapshot(counter: Counter, ms: number, value: number): Counter | null {
  const { snapshotMs, settledMs, moves } = counter;
  if ((snapshotMs !== null && ms < snapshotMs) || (settledMs !== null && ms < settledMs)) return null;
  return { value, snapshotMs: ms, settledMs: null, moves: moves.filter(([movedMs]) => movedMs > ms) };
}

/**
 * Takes a move.
 * @returns null for a move that the newest snapshot contains already
 */
export function withMove(counter: Counter, ms: number, by: number): Counter | null {
  const { value, snapshotMs, settledMs } = counter;
  if (snapshotMs !== null && ms <= snapshotMs) return null;
  if (settledMs !== null && ms <= settledMs) return value === null ? counter : { ...counter, value: value + by };
  const at = counter.moves.findLastIndex(([movedMs]) => movedMs <= ms) + 1;
  const moves = counter.moves.toSpliced(at, 0, [ms, by]);
  const [oldest] = moves;
  if (moves.length <= moveLimit || oldest === undefined) return { ...counter, moves };
  return { value: value === null ? null : value + oldest[1], snapshotMs, settledMs: oldest[0], moves: moves.slice(1) };
}
