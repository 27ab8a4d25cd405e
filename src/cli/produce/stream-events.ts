import type { Subject } from '../../catalogue/events.generated.ts';
import { badInput, readLine } from './checked-input.ts';
import type { ReadEvent } from './event-reader.ts';
import type { Input } from './input-lines.ts';
import { noteBad, noteUnknown } from './notices.ts';
import { type SendOptions, send } from './send-events.ts';

export interface StreamOptions extends SendOptions {
  readonly read: (line: string) => ReadEvent;
  readonly subject: Subject;
  /** Whether bad lines are left out; otherwise the first one ends the work. */
  readonly skipBad: boolean;
}

/**
 * Sends each line as it comes; returns the number of bad lines that were left out.
 * @throws AppError EVENTBUS_CLI_INPUT_INVALID at a bad line, after everything before it is sent
 */
export async function streamEvents(input: Input, options: StreamOptions): Promise<number> {
  const flight = new Flight();
  const seen = new Set<string>();
  let bad = 0;
  let sent = 0;
  for await (const line of input.lines(options.signal)) {
    const event = readLine(line, options.read);
    if ('message' in event) {
      bad += 1;
      if (!options.skipBad) {
        await flight.landed();
        throw badInput(input, { bad, badLines: [event] }, sent);
      }
      noteBad({ bad: 1, badLines: [event] });
    } else {
      const unknown = event.unknownFields.filter((field) => !seen.has(field));
      for (const field of unknown) seen.add(field);
      noteUnknown(options.subject, new Map(unknown.map((field) => [field, 1])));
      await flight.add(send([event], sent, options));
      sent += 1;
    }
  }
  await flight.landed();
  return bad;
}

const maxInFlight = 1000;

/** Requests under way: at most a thousand; the first failure is thrown at the next call. */
class Flight {
  readonly #pending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  async add(work: Promise<void>): Promise<void> {
    const tracked: Promise<void> = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
    if (this.#pending.size >= maxInFlight) await Promise.race(this.#pending);
    this.#check();
  }

  async landed(): Promise<void> {
    await Promise.all(this.#pending);
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
