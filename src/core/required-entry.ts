import { consumerNamed, topicNamed } from '../catalogue/lookup.ts';
import type { Consumer, Topic } from '../catalogue/model.ts';
import { AppError } from './errors/app-error.ts';

/**
 * The topic of that name.
 * @throws AppError EVENTBUS_CATALOGUE_UNKNOWN_TOPIC
 */
export function requireTopic(name: string): Topic {
  const topic = topicNamed(name);
  if (topic === undefined) throw new AppError('EVENTBUS_CATALOGUE_UNKNOWN_TOPIC', `"${name}"`);
  return topic;
}

/**
 * The consumer of that name.
 * @throws AppError EVENTBUS_CATALOGUE_UNKNOWN_CONSUMER
 */
export function requireConsumer(name: string): Consumer {
  const consumer = consumerNamed(name);
  if (consumer === undefined) throw new AppError('EVENTBUS_CATALOGUE_UNKNOWN_CONSUMER', `"${name}"`);
  return consumer;
}
