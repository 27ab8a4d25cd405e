import { AppError } from '../core/errors/app-error.ts';

/** What waits to be sent, as far as its order matters. */
export interface Waiting {
  readonly topic: string;
  readonly key: string;
  /** Whether it is likely to be refused: then nothing is on its way beside it that it should precede. */
  readonly risky: boolean;
}

export interface Refused<T> {
  readonly item: T;
  readonly failure: AppError;
}

/** What became of a list; what is in neither part waits behind a refused one of its key. */
export interface SentInOrder<T> {
  readonly sent: readonly T[];
  readonly refused: readonly Refused<T>[];
}

/**
 * True when the log will not take the record however often it is offered: it does not fit its schema or the topic's
 * limits, or there is no such topic. False for whatever may pass.
 */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && (error.failure === 'poison' || error.code === 'EVENTBUS_KAFKA_TOPIC_UNKNOWN');
}

/**
 * Sends a list in its order and finds what the log refuses: a call that is refused is made again in halves until the
 * culprit stands alone. Items behind it with its topic and key are left out, so that no key runs ahead of itself; items
 * of the refused call may be sent twice.
 * @param send - resolves when the log has all of them, rejects when it has not
 * @throws what `send` throws, unless it is a refusal: nothing is known then of what was sent
 */
export async function sendInKeyOrder<T extends Waiting>(
  items: readonly T[],
  send: (items: readonly T[]) => Promise<void>,
): Promise<SentInOrder<T>> {
  const sent: T[] = [];
  const refused: Refused<T>[] = [];
  const stopped = new Set<string>();
  const deliver = async (group: readonly T[]): Promise<void> => {
    const open = group.filter((item) => !stopped.has(placeOf(item)));
    if (open.length === 0) return;
    try {
      await send(open);
      sent.push(...open);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const parts = partsOf(open, error);
      if (parts.length > 1) {
        for (const part of parts) await deliver(part);
        return;
      }
      for (const item of open) {
        const place = placeOf(item);
        if (!stopped.has(place)) refused.push({ item, failure: error });
        stopped.add(place);
      }
    }
  };
  for (const call of callsOf(items)) await deliver(call);
  return { sent, refused };
}

/** Neighbours go together; a risky one goes alone. */
function callsOf<T extends Waiting>(items: readonly T[]): readonly (readonly T[])[] {
  const calls: T[][] = [];
  for (const [index, item] of items.entries()) {
    const apart = index === 0 || item.risky || items[index - 1]?.risky === true;
    if (apart) calls.push([item]);
    else calls.at(-1)?.push(item);
  }
  return calls;
}

/** What to try apart; one part when nothing is gained by it. A missing topic refuses all of its items alike. */
function partsOf<T extends Waiting>(items: readonly T[], { code }: AppError): readonly (readonly T[])[] {
  if (code === 'EVENTBUS_KAFKA_TOPIC_UNKNOWN') return [...Map.groupBy(items, ({ topic }) => topic).values()];
  if (items.length === 1) return [items];
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

function placeOf({ topic, key }: Waiting): string {
  return `${topic}\n${key}`;
}
