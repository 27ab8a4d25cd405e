import { eventSources, routedTopics } from '../../catalogue/event-routing.ts';
import type { Events, Subject } from '../../catalogue/events.generated.ts';
import { topics } from '../../catalogue/topics.ts';
import { cloudEventsVersion } from '../../codec/cloud-event.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { EventRouter, RoutedEvent } from '../../ports/event-router/event-router.ts';
import type { BatchProcessor, Item } from '../batch/processor.ts';

export const domainRouter = 'domain-router';

/** Value of any routed topic. */
export type RoutedValue = Events[Subject];

const sources: ReadonlyMap<string, string> = new Map(
  routedTopics({ topics }).map(({ topic }) => [topic.name, eventSources.of(topic.domain)]),
);

/**
 * Hands alerts and domain events to the event router, in the order of their partition. A batch that fails is handed over
 * again, so targets receive an event at least once and know a copy by the `id` in its detail.
 */
export function makeRouterProcessor(router: EventRouter): BatchProcessor<RoutedValue> {
  return {
    async apply({ items }, signal) {
      await router.publish(items.map(routedEventOf), { signal });
      return items.map(() => ({ fate: 'applied' }));
    },
  };
}

/**
 * A record as an event of the router: the catalogue's source and the event's type for rules to match, and as detail the
 * CloudEvent in its JSON form, so that a target outside of AWS understands it too.
 */
export function routedEventOf({ topic, key, event, timestampMs, value }: Item<RoutedValue>): RoutedEvent {
  const source = sources.get(topic);
  if (source === undefined) {
    throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `topic "${topic}" is not routed, see routedTopics`);
  }
  const timeMs = event.time === undefined ? Number.NaN : Date.parse(event.time);
  const happenedMs = Number.isNaN(timeMs) ? timestampMs : timeMs;
  return {
    source,
    detailType: event.type,
    timeMs: happenedMs,
    resources: key === null ? [] : [`${topic}/${key}`],
    detail: {
      specversion: cloudEventsVersion,
      id: event.id,
      source: event.source,
      type: event.type,
      time: new Date(happenedMs).toISOString(),
      ...(event.subject === undefined && key === null ? {} : { subject: event.subject ?? key }),
      ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
      datacontenttype: 'application/json',
      data: value,
    },
  };
}
