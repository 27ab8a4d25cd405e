import { allowedActions, covers, policiesOf } from '../identity-policies.ts';
import type { Finding, Rule } from '../rule.ts';
import { at, type Template, type TemplateResource, target } from '../template.ts';
import { kafkaMappings } from './event-source-failure.ts';

/** What a mapping does with the function's role when the cluster authenticates with IAM. */
const dataPlane = [
  'kafka-cluster:Connect',
  'kafka-cluster:DescribeGroup',
  'kafka-cluster:AlterGroup',
  'kafka-cluster:DescribeTopic',
  'kafka-cluster:ReadData',
  'kafka-cluster:DescribeClusterDynamicConfiguration',
] as const;

/**
 * A mapping whose role may not read the topic is created without complaint and then stands still with a PROBLEM; so
 * is one that is created before the role's policy.
 */
export const eventSourceRights: Rule = {
  name: 'event-source-rights',
  fix: 'Grant the function the topic with EventBusCluster.grantConsume, and let the mapping depend on that policy.',
  check: ({ template }) => kafkaMappings(template.resources).flatMap((mapping) => problemsOf(mapping, template)),
};

function problemsOf(mapping: TemplateResource, template: Template): readonly Finding[] {
  const property = 'Properties.FunctionName';
  const functionId = target(mapping.properties['FunctionName']);
  const lambda = template.resources.find(({ id }) => id === functionId);
  const roleId = target(at(lambda?.properties, 'Role'));
  if (lambda === undefined || roleId === undefined) {
    const message = 'the role of its function is not in this template, so its rights cannot be seen';
    return [{ resource: mapping.id, property, message }];
  }
  const policies = policiesOf(template, roleId);
  const findings: Finding[] = [];
  const missing = dataPlane.filter((action) => !policies.some((policy) => covers(allowedActions(policy), action)));
  if (missing.length > 0) {
    findings.push({ resource: mapping.id, property, message: `the role ${roleId} lacks ${missing.join(', ')}` });
  }
  const ordered = new Set([...mapping.dependsOn, ...lambda.dependsOn]);
  for (const policy of policies) {
    const relevant = allowedActions(policy).some((action) => action.startsWith('kafka-cluster:'));
    if (!relevant || policy.id === roleId || ordered.has(policy.id)) continue;
    const message = `nothing makes the mapping wait for ${policy.id}, which gives it its rights`;
    findings.push({ resource: mapping.id, property: 'DependsOn', message });
  }
  return findings;
}
