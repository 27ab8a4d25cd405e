import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';

/** Takes dead letters durably: when `send` resolves, every letter will be delivered at least once. */
export interface DeadLetterQueue {
  send(letters: readonly DeadLetter[]): Promise<void>;
}
