import { type DeadLetter, letterKey } from '../../core/dead-letters/dead-letter.ts';
import { parseLetter } from '../../core/dead-letters/parse-letter.ts';
import type { ObjectCall, ObjectStore } from './object-store.ts';

/** Keeps a whole letter, value included, under its key; returns the key. A letter of the same record is replaced. */
export async function putLetter(objects: ObjectStore, letter: DeadLetter, call: ObjectCall = {}): Promise<string> {
  const key = letterKey(letter);
  await objects.put(key, Buffer.from(JSON.stringify(letter)), { ...call, contentType: 'application/json' });
  return key;
}

/** The whole letter of a key, such as the column `payload_key` holds; `null` when there is none that can be read. */
export async function getLetter(objects: ObjectStore, key: string, call: ObjectCall = {}): Promise<DeadLetter | null> {
  const bytes = await objects.get(key, call);
  if (bytes === null) return null;
  try {
    const parsed = parseLetter(JSON.parse(bytes.toString()));
    return 'letter' in parsed ? parsed.letter : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
