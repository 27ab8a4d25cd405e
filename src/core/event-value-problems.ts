import type { DomainEvent } from '../catalogue/events.generated.ts';
import type { Topic } from '../catalogue/model.ts';
import { bookingValueProblems } from './mobility/booking-values.ts';

/**
 * What is wrong with an event's values beyond its schema, as its consumers would say; empty for a sound one and for
 * topics that have no such rules.
 */
export function eventValueProblems(
  { subject }: Pick<Topic, 'subject'>,
  type: string,
  value: unknown,
): readonly string[] {
  // The schema was checked before: the subject names the value's type.
  return subject === 'DomainEvent' ? bookingValueProblems(type, value as DomainEvent) : [];
}
