import type { Finding, Rule } from '../rule.ts';
import { at, literals, resourcesOf, type Template, type TemplateResource } from '../template.ts';

/**
 * The bus delivers with Firehose, because a channel reads neither Avro nor writes Parquet. Whoever adds one for a JSON
 * topic meets what the service refuses minutes into a deployment: brokers that are not Express, a log group that is not
 * there yet.
 */
export const channel: Rule = {
  name: 'channel',
  fix: 'Use Express brokers, and let the channel depend on the log group that it names.',
  check: ({ template, config }) =>
    resourcesOf(template, 'AWS::MSK::Channel').flatMap((one) => [
      ...(config.cluster.type === 'express'
        ? []
        : [{ resource: one.id, message: `channels need Express brokers, ${config.name} has Standard ones` }]),
      ...logFindings(one, template),
    ]),
};

function logFindings({ id, properties, dependsOn }: TemplateResource, template: Template): readonly Finding[] {
  const logs = at(properties, 'LoggingInfo', 'CloudWatchLogs');
  const referred = literals(logs, '').filter(({ path }) => path.endsWith('.Ref') || path.includes('Fn::GetAtt'));
  if (logs === undefined || referred.length > 0) return [];
  const groups = new Set(resourcesOf(template, 'AWS::Logs::LogGroup').map((group) => group.id));
  if (dependsOn.some((name) => groups.has(name))) return [];
  const message = 'nothing makes the channel wait for its log group, which must exist before it';
  return [{ resource: id, property: 'Properties.LoggingInfo.CloudWatchLogs', message }];
}
