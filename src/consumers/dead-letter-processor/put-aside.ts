import { asidePrefix } from '../../catalogue/object-prefixes.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { EventRouter } from '../../ports/event-router/event-router.ts';
import type { ObjectStore } from '../../ports/object-store/object-store.ts';
import { asideNotice, noticeSource } from './notices.ts';
import type { QueueMessage } from './queue-event.ts';

interface Aside {
  readonly objects: ObjectStore;
  readonly router: EventRouter;
  /** ms since 1970-01-01 UTC. */
  readonly nowMs: number;
}

/** Keeps a message that cannot be used, tells of it, and answers the error to log. The message may be deleted then. */
export async function putAside(message: QueueMessage, problem: string, { objects, router, nowMs }: Aside) {
  const queue = plain(message.eventSourceARN.split(':')[5] ?? '') || 'unknown';
  const key = `${asidePrefix}${queue}/${plain(message.messageId) || 'message'}.txt`;
  await objects.put(key, Buffer.from(message.body), { contentType: 'text/plain' });
  await router.publish([
    {
      source: noticeSource,
      detailType: asideNotice,
      timeMs: nowMs,
      resources: [`queue/${queue}`],
      detail: { queue, messageId: message.messageId.slice(0, 100), object: key, problem: problem.slice(0, 500) },
    },
  ]);
  const what = `message ${message.messageId} of ${queue}, kept as object "${key}": ${problem}`;
  return new AppError('EVENTBUS_CONSUMER_MESSAGE_UNREADABLE', what, { details: { queue, object: key } });
}

function plain(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '').slice(0, 100);
}
