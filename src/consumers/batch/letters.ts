import type { Consumer } from '../../catalogue/model.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { DeadLetterQueue } from '../../ports/dead-letter-queue/dead-letter-queue.ts';
import { deadLetterOf, type FailedRecord, type LetterWriter } from './dead-letter.ts';
import { type Failure, failureOf } from './failure.ts';

interface Destination {
  readonly consumer: Consumer;
  readonly queue: DeadLetterQueue | undefined;
  readonly handlerVersion: string;
  readonly schemaVersionOf: LetterWriter['schemaVersionOf'];
  /** Aborted shortly before the function's time limit: a queue that does not answer must not end the function. */
  readonly signal: AbortSignal;
}

export interface Sent {
  readonly letters: readonly FailedRecord[];
  /** Set when the letters could not be sent: the partition waits at the first of them. */
  readonly stop: { readonly offset: number; readonly failure: Failure } | null;
}

/** Hands letters over durably, all or none as far as the caller can tell; a queue that is away holds the partition. */
export async function sendLetters(letters: readonly FailedRecord[], destination: Destination): Promise<Sent> {
  const [first] = letters;
  if (first === undefined) return { letters: [], stop: null };
  const { consumer, queue } = destination;
  const { offset } = first.record;
  if (!consumer.deadLetter || queue === undefined) return { letters: [], stop: { offset, failure: first.failure } };
  try {
    const sent = letters.map((letter) => deadLetterOf(letter, { ...destination, consumer: consumer.name }));
    await queue.send(sent, { signal: destination.signal });
    return { letters, stop: null };
  } catch (error) {
    const cause = failureOf(error);
    if (cause.kind === 'dependency') return { letters: [], stop: { offset, failure: cause } };
    const what = `${letters.length} letters of ${consumer.name}: ${cause.message}`;
    const failure = failureOf(new AppError('EVENTBUS_CONSUMER_DEAD_LETTERS_UNAVAILABLE', what, { cause: error }));
    return { letters: [], stop: { offset, failure } };
  }
}
