import type { Finding, Rule } from '../rule.ts';
import { at, list, resourcesOf, type TemplateResource } from '../template.ts';

const sqlVersion = '2016-03-23';

/**
 * A Kafka action that fails is only a line in a log, after the device has its acknowledgement, unless the rule has an
 * error action. Without a version a rule runs under the SQL of 2015, which lacks functions that the routes use.
 */
export const iotRule: Rule = {
  name: 'iot-rule',
  fix: 'Build topic rules with IotRoute, which sets both.',
  check: ({ template }) => resourcesOf(template, 'AWS::IoT::TopicRule').flatMap(problemsOf),
};

function problemsOf({ id, properties }: TemplateResource): readonly Finding[] {
  const payload = properties['TopicRulePayload'];
  const findings: Finding[] = [];
  const kafka = list(at(payload, 'Actions')).some((action) => at(action, 'Kafka') !== undefined);
  if (kafka && at(payload, 'ErrorAction') === undefined) {
    const message = 'a message that cannot be written to Kafka would be lost: the rule has no error action';
    findings.push({ resource: id, property: 'Properties.TopicRulePayload.ErrorAction', message });
  }
  const version = at(payload, 'AwsIotSqlVersion');
  if (version !== sqlVersion) {
    const message = `SQL version ${JSON.stringify(version) ?? 'not set, which means 2015-10-08'}, ${sqlVersion} is needed`;
    findings.push({ resource: id, property: 'Properties.TopicRulePayload.AwsIotSqlVersion', message });
  }
  return findings;
}
