import type { Catalogue, Domain, Topic } from './model.ts';

/** Names that rules of the event router match: who tells, by EventBridge's `source`. */
export const eventSources = {
  /** Events of a topic, with the CloudEvents type as `detail-type`. */
  of: (domain: Domain): string => `event-bus.${domain}`,
  /** Notices of the dead-letter processor. */
  deadLetters: 'event-bus.dead-letters',
  /** Notices about orders that do not get on. */
  orders: 'event-bus.orders',
} as const;

/** What every source begins with. */
export const eventSourcePrefix = 'event-bus.';

/** A topic whose events also go to the event router, and why. */
export interface RoutedTopic {
  readonly topic: Topic;
  readonly kind: 'alert' | 'domain-event';
}

/**
 * The topics that are routed: those that carry alerts, which people hear of, and the topic of domain events, which
 * other systems listen to. Readings and states are not: there are too many, and whoever wants them reads the topic.
 */
export function routedTopics({ topics }: Pick<Catalogue, 'topics'>): readonly RoutedTopic[] {
  return topics.flatMap((topic): readonly RoutedTopic[] => {
    if (topic.subject.endsWith('Alert')) return [{ topic, kind: 'alert' }];
    return topic.subject === 'DomainEvent' ? [{ topic, kind: 'domain-event' }] : [];
  });
}
