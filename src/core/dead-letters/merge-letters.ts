import type { DeadLetter, LetterIdentity } from './dead-letter.ts';

/**
 * One letter a record: a second copy of a message adds nothing, a later failure of the same record adds its attempts.
 * Letters come out in the order in which their records first occur.
 */
export function mergeLetters(letters: readonly DeadLetter[]): readonly DeadLetter[] {
  const merged = new Map<string, DeadLetter>();
  for (const letter of letters) {
    const place = placeOf(letter);
    const known = merged.get(place);
    merged.set(place, known === undefined ? letter : merge(known, letter));
  }
  return [...merged.values()];
}

function merge(left: DeadLetter, right: DeadLetter): DeadLetter {
  const [earlier, later] =
    Date.parse(left.lastFailedAt) <= Date.parse(right.lastFailedAt) ? [left, right] : [right, left];
  if (Date.parse(earlier.lastFailedAt) === Date.parse(later.lastFailedAt)) return left;
  const firstFailedAt =
    Date.parse(earlier.firstFailedAt) <= Date.parse(later.firstFailedAt) ? earlier.firstFailedAt : later.firstFailedAt;
  return { ...later, attempts: earlier.attempts + later.attempts, firstFailedAt };
}

function placeOf({ consumer, topic, partition, offset }: LetterIdentity): string {
  return `${consumer}\n${topic}\n${partition}\n${offset}`;
}
