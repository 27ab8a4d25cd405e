import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { AppError } from '../../core/errors/app-error.ts';
import { sizeGroups } from '../../core/size-groups.ts';
import { boundedRequests } from '../bounded-requests.ts';
import type { EventRouter } from './event-router.ts';
import { entryOf, maxRequestBytes, type RouterEntry } from './router-entry.ts';

export interface EventBridgeRouterOptions {
  /** Name or ARN of the event bus. */
  readonly eventBus: string;
  /** @default a client that takes region, credentials and `AWS_ENDPOINT_URL_EVENTBRIDGE` from the environment, as the SDK does */
  readonly client?: EventBridgeClient;
}

/** Ten entries, and below 256 KB together. */
const requestLimits = { maxSize: maxRequestBytes - 1, maxItems: 10 };
/** Tries for entries that the service did not take for reasons of its own. */
const maxTries = 3;

/** Events on an event bus of Amazon EventBridge. The SDK is loaded with the first event. */
export function makeEventBridgeRouter({ eventBus, client }: EventBridgeRouterOptions): EventRouter {
  let loading: Promise<Sender> | undefined;
  return {
    async publish(events, { signal } = {}) {
      if (events.length === 0) return;
      const requests = sizeGroups(events.map(entryOf), ({ bytes }) => bytes, requestLimits);
      loading ??= loadSender(eventBus, client);
      const send = await loading;
      for (const measured of requests) {
        const entries = measured.map(({ entry }) => entry);
        await sendAll(entries, (some) => send(some, signal), eventBus);
      }
    },
  };
}

/** The entries that were not taken, with the reason of the first. */
type Sender = (
  entries: readonly RouterEntry[],
  signal?: AbortSignal,
) => Promise<{ readonly left: readonly RouterEntry[]; readonly reason: string }>;

async function loadSender(eventBus: string, client: EventBridgeClient | undefined): Promise<Sender> {
  const { EventBridgeClient: Client, PutEventsCommand } = await import('@aws-sdk/client-eventbridge');
  const bridge = client ?? new Client(boundedRequests);
  return async (entries, signal) => {
    const command = new PutEventsCommand({ Entries: entries.map((entry) => ({ ...entry, EventBusName: eventBus })) });
    const { Entries = [] } = await bridge.send(command, { abortSignal: signal });
    // Answers stand in the order of the entries.
    const failed = Entries.map(({ ErrorCode, ErrorMessage }, index) => ({ index, ErrorCode, ErrorMessage })).filter(
      ({ ErrorCode }) => ErrorCode !== undefined,
    );
    const [first] = failed;
    return {
      left: failed.map(({ index }) => entries[index] as RouterEntry),
      reason: `${first?.ErrorCode ?? ''} ${first?.ErrorMessage ?? ''}`.trim(),
    };
  };
}

async function sendAll(entries: readonly RouterEntry[], send: Sender, eventBus: string): Promise<void> {
  let rest = entries;
  for (let attempt = 1; ; attempt += 1) {
    const { left, reason } = await send(rest).catch((cause: unknown) => {
      if ((cause as Error).name === 'AbortError') throw cause;
      const why = cause instanceof Error ? `${cause.name} ${cause.message}` : String(cause);
      throw new AppError('EVENTBUS_ROUTER_UNAVAILABLE', `event bus ${eventBus}: ${why}`, { cause });
    });
    if (left.length === 0) return;
    if (attempt === maxTries) {
      const what = `event bus ${eventBus} refused ${left.length} of ${entries.length} events: ${reason}`;
      throw new AppError('EVENTBUS_ROUTER_UNAVAILABLE', what);
    }
    rest = left;
  }
}
