import { catalogue } from './catalogue.ts';
import type { Consumer, Route, Topic } from './model.ts';

const topicsByName = new Map<string, Topic>(catalogue.topics.map((topic) => [topic.name, topic]));
const consumersByName = new Map<string, Consumer>(catalogue.consumers.map((consumer) => [consumer.name, consumer]));

/** The topic of that name, or undefined. */
export function topicNamed(name: string): Topic | undefined {
  return topicsByName.get(name);
}

/** The consumer of that name, or undefined. */
export function consumerNamed(name: string): Consumer | undefined {
  return consumersByName.get(name);
}

/** Consumers that read the topic, in the order declared. */
export function consumersOf(topicName: string): readonly Consumer[] {
  return catalogue.consumers.filter(({ topics }) => (topics as readonly string[]).includes(topicName));
}

/** Routes of one protocol, in the order declared. */
export function routesOf(protocol: Route['protocol']): readonly Route[] {
  return catalogue.routes.filter((route) => route.protocol === protocol);
}
