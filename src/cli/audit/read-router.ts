import { AppError } from '../../core/errors/app-error.ts';
import { oldestPosition, readRoutedEvents } from '../../ports/event-router/event-router.folder.ts';
import { storedEventId } from '../../postgres/stored-event-id.ts';
import type { Workbench } from './workbench.ts';

const eventsPerPage = 10_000;

/** Loads what the event router has handed over: ids of events with their topics, and how far back its list goes. */
export async function readRouter(workbench: Workbench, directory: string): Promise<void> {
  try {
    // Before the events: what the list forgets meanwhile is held against nobody.
    await workbench.append('routed_from', async (row) => row(oldestPosition(directory)));
    await workbench.append('routed_event', async (row) => {
      for (let after = 0; ; ) {
        const page = readRoutedEvents(directory, { after, limit: eventsPerPage });
        for (const { position, event } of page) {
          after = position;
          const { id } = event.detail as { readonly id?: unknown };
          const [resource = ''] = event.resources;
          // Notices of other senders are not CloudEvents.
          if (typeof id === 'string') row(resource.slice(0, resource.indexOf('/')), storedEventId(id));
        }
        if (page.length < eventsPerPage) break;
      }
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('EVENTBUS_AUDIT_SINK_UNREADABLE', `event router ${directory}: ${reason}`, { cause });
  }
}
