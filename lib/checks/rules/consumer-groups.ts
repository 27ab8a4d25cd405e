import type { Finding, Rule } from '../rule.ts';
import { at, rendered } from '../template.ts';
import { kafkaMappings } from './event-source-failure.ts';

/**
 * Lambda wants one consumer group a mapping: two mappings in one group take partitions from each other. A mapping
 * without a group gets a random one, and reads everything again whenever it is replaced.
 */
export const consumerGroups: Rule = {
  name: 'consumer-groups',
  fix: 'Give each mapping a group of its own, named after its consumer and topic.',
  check({ template }) {
    const owners = new Map<string, string>();
    const findings: Finding[] = [];
    for (const { id, properties } of kafkaMappings(template.resources)) {
      const config =
        properties['AmazonManagedKafkaEventSourceConfig'] ?? properties['SelfManagedKafkaEventSourceConfig'];
      const group = at(config, 'ConsumerGroupId');
      const property = 'Properties.AmazonManagedKafkaEventSourceConfig.ConsumerGroupId';
      const other = owners.get(rendered(group));
      if (group === undefined)
        findings.push({ resource: id, property, message: 'the mapping names no consumer group' });
      else if (other !== undefined) {
        findings.push({ resource: id, property, message: `the group ${rendered(group)} is also that of ${other}` });
      } else owners.set(rendered(group), id);
    }
    return findings;
  },
};
