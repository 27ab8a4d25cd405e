import { AppError } from '../../core/errors/app-error.ts';
import type { EventPublisher } from '../../kafka/publisher.ts';
import { whatOf } from '../error-what.ts';
import type { ReadEvent } from './event-reader.ts';

export interface SendOptions {
  readonly publisher: Pick<EventPublisher, 'send'>;
  /** Told the ids of events that the log has taken. */
  readonly onSent: (ids: readonly string[]) => void;
  readonly signal: AbortSignal;
}

const chunkEvents = 1000;

/**
 * Sends events in their order; stops between two chunks when the signal is aborted.
 * @throws AppError what the publisher says, and how many events the log had taken before
 */
export async function sendEvents(events: Iterable<ReadEvent> | AsyncIterable<ReadEvent>, options: SendOptions) {
  let sent = 0;
  let chunk: ReadEvent[] = [];
  for await (const event of events) {
    chunk.push(event);
    if (chunk.length < chunkEvents) continue;
    await send(chunk, sent, options);
    sent += chunk.length;
    chunk = [];
    if (options.signal.aborted) return;
  }
  if (!options.signal.aborted) await send(chunk, sent, options);
}

/** Sends one chunk; `before` is what was sent before it. */
export async function send(chunk: readonly ReadEvent[], before: number, options: SendOptions): Promise<void> {
  try {
    await options.publisher.send(chunk.map(({ record }) => record));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const what = `${whatOf(error)}; the log has taken ${before.toLocaleString('en-US')} events before`;
    throw new AppError(error.code, what, { cause: error, details: { ...error.details, sent: before } });
  }
  options.onSent(chunk.map(({ id }) => id));
}
