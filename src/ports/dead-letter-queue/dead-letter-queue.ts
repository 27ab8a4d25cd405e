import type { DeadLetter } from '../../core/dead-letters/dead-letter.ts';

/** Takes dead letters durably: when `send` resolves, every letter will be delivered at least once. */
export interface DeadLetterQueue {
  /** Gives up when `signal` is aborted, and rejects: some of the letters may have been taken. */
  send(letters: readonly DeadLetter[], options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}
