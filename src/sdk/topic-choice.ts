import { catalogue } from '../catalogue/catalogue.ts';
import { topicNamed } from '../catalogue/lookup.ts';
import type { Topic } from '../catalogue/model.ts';
import { didYouMean } from '../core/close-matches.ts';
import { AppError } from '../core/errors/app-error.ts';

const topicsByType = new Map<string, Topic[]>();
for (const topic of catalogue.topics as readonly Topic[]) {
  for (const type of topic.eventTypes) topicsByType.set(type, [...(topicsByType.get(type) ?? []), topic]);
}

/**
 * The topic that an event is published to.
 * @throws AppError EVENTBUS_SDK_TYPE_UNKNOWN, EVENTBUS_SDK_TOPIC_WRONG
 */
export function topicFor(type: string, wanted: string | undefined): Topic {
  const carrying = topicsByType.get(type);
  if (carrying === undefined) throw typeUnknown(type, [...topicsByType.keys()]);
  const names = carrying.map(({ name }) => name);
  const [only, ...others] = wanted === undefined ? carrying : carrying.filter(({ name }) => name === wanted);
  if (only !== undefined && others.length === 0) return only;
  const got = wanted === undefined ? 'no topic is named' : `got "${wanted}"`;
  throw new AppError('EVENTBUS_SDK_TOPIC_WRONG', `"${type}": ${got}, allowed is ${names.join(', ')}`);
}

/** What a subscription reads. */
export interface Selection {
  readonly topics: readonly string[];
  /** Types that reach the handler, by topic; a topic that is absent gives all of its events. */
  readonly types: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * What the names of a subscription stand for: topics as a whole, and types of the topics that carry them.
 * @throws AppError EVENTBUS_SDK_TYPE_UNKNOWN
 */
export function selectionOf(names: readonly string[]): Selection {
  const whole = new Set<string>();
  const types = new Map<string, Set<string>>();
  for (const name of names) {
    const carrying = topicsByType.get(name);
    if (topicNamed(name) !== undefined) whole.add(name);
    else if (carrying === undefined) {
      throw typeUnknown(name, [...topicsByType.keys(), ...catalogue.topics.map((topic) => topic.name)]);
    } else for (const topic of carrying) types.set(topic.name, (types.get(topic.name) ?? new Set()).add(name));
  }
  for (const name of whole) types.delete(name);
  const topics = [...new Set([...whole, ...types.keys()])].sort();
  if (topics.length === 0) throw new AppError('EVENTBUS_SDK_TYPE_UNKNOWN', 'the list of names is empty');
  return { topics, types };
}

function typeUnknown(name: string, known: readonly string[]): AppError {
  return new AppError('EVENTBUS_SDK_TYPE_UNKNOWN', `got "${name}"${didYouMean(name, known)}`);
}
