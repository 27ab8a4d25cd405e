import type { Subject } from '../catalogue/events.generated.ts';
import { topicNamed } from '../catalogue/lookup.ts';
import { schemas } from '../catalogue/schemas.generated.ts';
import { AppError } from '../core/errors/app-error.ts';

/**
 * Subject of a topic's values.
 * @throws AppError EVENTBUS_CONSUMER_CONFIGURATION for a topic that the catalogue does not have
 */
export function subjectOf(topic: string): Subject {
  const subject = topicNamed(topic)?.subject;
  if (subject !== undefined && isSubject(subject)) return subject;
  throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `topic "${topic}" is not in the catalogue`);
}

function isSubject(name: string): name is Subject {
  return Object.hasOwn(schemas, name);
}
