import { createHash } from 'node:crypto';
import type { DeadLetter, LetterIdentity } from '../core/dead-letters/dead-letter.ts';
import { fingerprintText } from '../core/dead-letters/fingerprint.ts';
import { uuidsIn } from './name-based-uuid.ts';

const letterUuids = uuidsIn('3c9b6d0e-54f7-5b0c-8d0a-6f1f0c7f2e44');

/** Id of a letter: a name-based UUID of consumer and coordinates, so that a second message about a record is the same letter. */
export function letterIdOf({ consumer, topic, partition, offset }: LetterIdentity): string {
  return letterUuids(`${consumer}\n${topic}\n${partition}\n${offset}`);
}

/** Id of the group that a letter belongs to: its fingerprint, 16 hexadecimal digits. */
export function letterGroupOf(letter: Pick<DeadLetter, 'code' | 'message' | 'consumer' | 'schemaVersion'>): string {
  return createHash('sha256').update(fingerprintText(letter)).digest('hex').slice(0, 16);
}
