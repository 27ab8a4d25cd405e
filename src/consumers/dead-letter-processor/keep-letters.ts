import { type DeadLetter, letterKey } from '../../core/dead-letters/dead-letter.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { putLetter } from '../../ports/object-store/stored-letter.ts';
import type { KeptLetter } from './letter-table.ts';

/** Objects written at once. */
const maxParallel = 16;

/** Puts each letter into the object store, but for those that were claimed there: they lie under their key already. */
export async function keepLetters(
  objects: ObjectStore,
  letters: readonly DeadLetter[],
): Promise<readonly KeptLetter[]> {
  const kept: KeptLetter[] = [];
  for (let at = 0; at < letters.length; at += maxParallel) {
    const some = letters.slice(at, at + maxParallel);
    const keys = await Promise.all(some.map((letter) => keep(objects, letter)));
    some.forEach((letter, index) => kept.push({ letter, payloadKey: keys[index] as string }));
  }
  return kept;
}

/** A claim whose object is gone must not become an object without a value. */
async function keep(objects: ObjectStore, letter: DeadLetter): Promise<string> {
  return letter.claim === undefined ? putLetter(objects, letter) : letterKey(letter);
}
