import type { Finding, Rule } from '../rule.ts';
import { at, list, resourcesOf, type TemplateResource, text } from '../template.ts';

/**
 * A Replicator copies by regular expression, so `.*` takes every topic along, whatever its class; and ENHANCED offset
 * sync demands a second Replicator in the opposite direction.
 */
export const replicator: Rule = {
  name: 'replicator',
  fix: 'List the topics that the catalogue marks in-residency, each by its exact name, and sync offsets in LEGACY mode.',
  check({ template, declarations }) {
    const copied = declarations.catalogue.topics.filter(({ replication }) => replication === 'in-residency');
    const allowed = new Set(copied.map(({ name }) => name));
    return resourcesOf(template, 'AWS::MSK::Replicator').flatMap((resource) => problemsOf(resource, allowed));
  },
};

function problemsOf({ id, properties }: TemplateResource, allowed: ReadonlySet<string>): readonly Finding[] {
  return list(properties['ReplicationInfoList']).flatMap((info, index) => {
    const property = `Properties.ReplicationInfoList.${index}`;
    const findings: Finding[] = [];
    for (const pattern of list(at(info, 'TopicReplication', 'TopicsToReplicate'))) {
      const topic = topicOfPattern(text(pattern) ?? '');
      if (topic === undefined || !allowed.has(topic)) {
        const why = topic === undefined ? 'matches more than one topic' : 'is not marked in-residency in the catalogue';
        findings.push({
          resource: id,
          property: `${property}.TopicReplication.TopicsToReplicate`,
          message: `${JSON.stringify(pattern)} ${why}`,
        });
      }
    }
    const mode = at(info, 'ConsumerGroupReplication', 'ConsumerGroupOffsetSyncMode');
    if (mode !== undefined && mode !== 'LEGACY') {
      const message = `offset sync ${JSON.stringify(mode)} works with a second Replicator only, use LEGACY`;
      findings.push({ resource: id, property: `${property}.ConsumerGroupReplication`, message });
    }
    return findings;
  });
}

/** The one topic that a pattern stands for; undefined when it could match others. Dots may be escaped or in brackets. */
export function topicOfPattern(pattern: string): string | undefined {
  const bare = pattern.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\.', '.').replaceAll('[.]', '.');
  return /^[A-Za-z0-9._-]+$/.test(bare) ? bare : undefined;
}
