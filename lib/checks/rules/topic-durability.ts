import type { Finding, Rule } from '../rule.ts';
import { resourcesOf } from '../template.ts';

/**
 * Three copies let a cluster lose a zone and still take records with acks=all; brokers of the Express type know no
 * other number. A topic that is deleted with its stack takes its records with it.
 */
export const topicDurability: Rule = {
  name: 'topic-durability',
  fix: 'Leave replicationFactor 3 and the removal policy RETAIN in lib/constructs/topic-set.ts.',
  check({ template, config }) {
    const demanded = config.retainData || config.cluster.type === 'express';
    return resourcesOf(template, 'AWS::MSK::Topic').flatMap(({ id, properties, deletionPolicy }) => {
      const findings: Finding[] = [];
      const factor = properties['ReplicationFactor'];
      if (demanded && (typeof factor !== 'number' || factor < 3)) {
        const message = `replication factor ${JSON.stringify(factor)}, ${config.name} needs 3`;
        findings.push({ resource: id, property: 'Properties.ReplicationFactor', message });
      }
      if (deletionPolicy !== 'Retain') {
        const message = `the deletion policy is ${deletionPolicy ?? 'Delete'}, a topic must stay when its resource goes`;
        findings.push({ resource: id, property: 'DeletionPolicy', message });
      }
      return findings;
    });
  },
};
