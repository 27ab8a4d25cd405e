import type { Topic } from '../../../src/catalogue/model.ts';
import type { StackUnderCheck } from '../rule.ts';
import { topicOfPattern } from '../rules/replicator.ts';
import { at, list, type TemplateResource, text } from '../template.ts';

/** Topics that a resource moves, as far as its own properties say so. */
export function carriedTopics({ properties }: TemplateResource, { declarations }: StackUnderCheck): readonly Topic[] {
  const patterns = list(properties['ReplicationInfoList']).flatMap((info) =>
    list(at(info, 'TopicReplication', 'TopicsToReplicate')),
  );
  const names = [
    at(properties, 'MSKSourceConfiguration', 'TopicName'),
    ...list(properties['Topics']),
    ...list(at(properties, 'TopicRulePayload', 'Actions')).map((action) => at(action, 'Kafka', 'Topic')),
    ...patterns.map((pattern) => topicOfPattern(text(pattern) ?? '')),
  ];
  return declarations.catalogue.topics.filter(({ name }) => names.includes(name));
}

/** The personal topics among them first, for messages; empty text when the resource names none. */
export function carrying(resource: TemplateResource, stack: StackUnderCheck): string {
  const topics = carriedTopics(resource, stack);
  const personal = topics.filter(({ classification }) => classification === 'personal');
  const others = topics.filter(({ classification }) => classification !== 'personal');
  const parts = [
    ...(personal.length > 0 ? [`personal data of ${personal.map(({ name }) => name).join(', ')}`] : []),
    ...(others.length > 0 ? [others.map(({ name }) => name).join(', ')] : []),
  ];
  return parts.length === 0 ? '' : `, carrying ${parts.join(' and ')}`;
}
