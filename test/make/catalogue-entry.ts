import { consumerNamed, topicNamed } from '../../src/catalogue/lookup.ts';
import type { Consumer, Topic } from '../../src/catalogue/model.ts';

/** The topic of that name; a test that names another one is wrong. */
export function requireTopic(name: string): Topic {
  const topic = topicNamed(name);
  if (topic === undefined) throw new Error(`the catalogue has no topic "${name}"`);
  return topic;
}

/** The consumer of that name; a test that names another one is wrong. */
export function requireConsumer(name: string): Consumer {
  const consumer = consumerNamed(name);
  if (consumer === undefined) throw new Error(`the catalogue has no consumer "${name}"`);
  return consumer;
}
