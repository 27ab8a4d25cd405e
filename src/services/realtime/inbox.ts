import { project } from '../../core/realtime/filter.ts';
import type { LiveEvent } from './live-event.ts';
import type { RealtimeLog } from './realtime-log.ts';
import type { Session } from './session.ts';
import type { KeptEvent, RealtimeStore } from './store.ts';
import type { Subscription } from './subscription.ts';

/** Name under which events arrive that happened while the user was absent. */
export const inboxEvent = 'inbox';

const acknowledgeWithinMs = 60_000;

export interface KeptLink {
  readonly store: Pick<RealtimeStore, 'acknowledge' | 'keptEvents'>;
  readonly log: RealtimeLog;
  readonly limit: number;
}

/** One live event in a room, or those that were kept while the user was absent. */
export type KeptDelivery =
  | { readonly event: LiveEvent; readonly subscription: Subscription }
  | { readonly events: readonly KeptEvent[] };

/** Sends with a request for an acknowledgement; what is not acknowledged comes again with the next connection. */
export function deliverKept(link: KeptLink, session: Session, delivery: KeptDelivery): void {
  if ('event' in delivery) {
    const { event, subscription } = delivery;
    const { fields } = subscription.selection;
    const data = fields === undefined ? event.data : project(event.data, fields);
    const meta = session.metaOf(event, subscription);
    acknowledged(session).emit(event.name, data, meta, onAnswer(link, session, event.id));
    return;
  }
  for (const { id, type, name, time, data } of delivery.events) {
    const item = { name, data, meta: { id, type, time } };
    acknowledged(session).emit(inboxEvent, item, onAnswer(link, session, id));
  }
}

function acknowledged({ socket }: Session) {
  return socket.timeout(acknowledgeWithinMs);
}

function onAnswer({ store, log }: KeptLink, { user }: Session, id: string) {
  return (error: Error | null) => {
    if (error) return;
    store
      .acknowledge(user, [id])
      .catch((failure: unknown) => log.warn({ user, id }, `acknowledgement: ${String(failure)}`));
  };
}
