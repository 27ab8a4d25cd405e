import type { Finding, Rule } from '../rule.ts';
import { at, list, rendered, resourcesOf, type TemplateResource } from '../template.ts';

/** Versions that a new cluster of each type may have, all with KRaft; the service takes any text until it deploys. */
export const kafkaVersions = { express: ['3.9.x.kraft'], standard: ['3.9.x.kraft'] } as const;

/** What MSK refuses in a cluster, minutes into a deployment, and no schema knows. */
export const clusterShape: Rule = {
  name: 'cluster-shape',
  fix: 'Change `cluster` of the environment in lib/config.ts; new versions go into lib/checks/rules/cluster-shape.ts once every region has them.',
  check: ({ template }) => resourcesOf(template, 'AWS::MSK::Cluster').flatMap(problemsOf),
};

function problemsOf({ id, properties }: TemplateResource): readonly Finding[] {
  const nodes = properties['BrokerNodeGroupInfo'];
  const size = rendered(at(nodes, 'InstanceType'));
  const type = size.startsWith('express.') ? 'express' : 'standard';
  const findings: Finding[] = [];
  const say = (property: string, message: string) =>
    findings.push({ resource: id, property: `Properties.${property}`, message });
  const version = rendered(properties['KafkaVersion']);
  if (!kafkaVersions[type].some((allowed) => allowed === version)) {
    say('KafkaVersion', `${version} is not offered for ${type} brokers; allowed: ${kafkaVersions[type].join(', ')}`);
  }
  const subnets = list(at(nodes, 'ClientSubnets')).length;
  if (subnets !== 3) say('BrokerNodeGroupInfo.ClientSubnets', `${subnets} subnets, the brokers need 3 zones`);
  const brokers = properties['NumberOfBrokerNodes'];
  if (typeof brokers !== 'number' || brokers % 3 !== 0 || brokers === 0) {
    say('NumberOfBrokerNodes', `${rendered(brokers)} brokers, the number must be a multiple of the 3 zones`);
  }
  if (type === 'express' && at(nodes, 'StorageInfo') !== undefined) {
    say('BrokerNodeGroupInfo.StorageInfo', 'Express manages its own storage and refuses to be given any');
  }
  if (size === 'kafka.t3.small') say('BrokerNodeGroupInfo.InstanceType', 'kafka.t3.small cannot run with KRaft');
  return findings;
}
