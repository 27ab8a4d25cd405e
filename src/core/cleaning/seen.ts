/**
 * Which readings of a device were taken already. Readings with a counter are kept as runs `[first sequence, last
 * sequence, first time, last time]`, so that a device in order costs one run however long it sends; readings without
 * one are kept by name, the newest ones only. Both lists are bounded, so a copy that arrives very much later than its
 * original is taken for a new, out-of-order reading.
 */
export interface Seen {
  readonly runs: readonly Run[];
  readonly names: readonly string[];
}

export type Run = readonly [firstSequence: number, lastSequence: number, firstMs: number, lastMs: number];

/** What makes two readings of a device the same: time and counter, or time and `name` where there is no counter. */
export interface ReadingIdentity {
  readonly ms: number;
  readonly sequence: number | null;
  /** Tells readings of one instant apart where the device keeps no counter: the metric, the kind of event. */
  readonly name: string;
}

/** Runs and names remembered for a device. */
export const seenLimit = 64;

export const nothingSeen: Seen = { runs: [], names: [] };

export function hasSeen(seen: Seen, { ms, sequence, name }: ReadingIdentity): boolean {
  if (sequence === null) return seen.names.includes(nameAt(ms, name));
  // The time is compared too: a device that restarts its counter sends new readings with old numbers.
  return seen.runs.some((run) => sequence >= run[0] && sequence <= run[1] && ms >= run[2] && ms <= run[3]);
}

export function remember(seen: Seen, { ms, sequence, name }: ReadingIdentity): Seen {
  if (sequence === null) return { runs: seen.runs, names: bounded([...seen.names, nameAt(ms, name)]) };
  return { runs: bounded(withReading(seen.runs, sequence, ms)), names: seen.names };
}

/**
 * Makes the run longer that ends before the reading or begins behind it, and one run of both: readings that arrive out
 * of order leave one run behind in the end, not one for each hole that there was.
 */
function withReading(runs: readonly Run[], sequence: number, ms: number): readonly Run[] {
  const endsBefore = runs.findLastIndex((run) => run[1] + 1 === sequence && run[3] <= ms);
  const beginsBehind = runs.findLastIndex((run) => run[0] - 1 === sequence && ms <= run[2]);
  const left = runs[endsBefore];
  const right = runs[beginsBehind];
  const longer: Run = [left?.[0] ?? sequence, right?.[1] ?? sequence, left?.[2] ?? ms, right?.[3] ?? ms];
  const place = Math.max(endsBefore, beginsBehind);
  if (place < 0) return [...runs, longer];
  const changed = runs.with(place, longer);
  return left !== undefined && right !== undefined ? changed.toSpliced(Math.min(endsBefore, beginsBehind), 1) : changed;
}

function nameAt(ms: number, name: string): string {
  return `${ms.toString(36)} ${name}`;
}

function bounded<T>(list: readonly T[]): readonly T[] {
  return list.length > seenLimit ? list.slice(list.length - seenLimit) : list;
}
