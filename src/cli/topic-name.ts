import { catalogue } from '../catalogue/catalogue.ts';
import { topicNamed } from '../catalogue/lookup.ts';
import type { Topic } from '../catalogue/model.ts';
import { didYouMean } from '../core/close-matches.ts';
import { AppError } from '../core/errors/app-error.ts';

/** Refuses a topic name, naming topics it is close to. */
export function unknownTopic(name: string, known: readonly string[]): AppError {
  return new AppError('EVENTBUS_CLI_TOPIC_UNKNOWN', `"${name}"${didYouMean(name, known)}`, {
    details: { topic: name },
  });
}

/**
 * The topic of the catalogue that a person named.
 * @throws AppError EVENTBUS_CLI_TOPIC_UNKNOWN with close names
 */
export function catalogueTopic(name: string): Topic {
  const topic = topicNamed(name);
  if (topic !== undefined) return topic;
  throw unknownTopic(
    name,
    catalogue.topics.map((known) => known.name),
  );
}
