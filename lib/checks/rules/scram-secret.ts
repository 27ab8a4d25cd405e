import type { Finding, Rule } from '../rule.ts';
import { list, rendered, resourcesOf, type TemplateResource, target } from '../template.ts';

const prefix = 'AmazonMSK_';

/** MSK refuses to associate a secret whose name has not its prefix, or that the account's default key encrypts. */
export const scramSecret: Rule = {
  name: 'scram-secret',
  fix: 'Name the secret AmazonMSK_<something> and encrypt it with the bus key.',
  check({ template }) {
    const associated = new Set(
      resourcesOf(template, 'AWS::MSK::BatchScramSecret').flatMap(({ properties }) =>
        list(properties['SecretArnList']).map(target),
      ),
    );
    return resourcesOf(template, 'AWS::SecretsManager::Secret')
      .filter(({ id, properties }) => associated.has(id) || rendered(properties['Name']).startsWith(prefix))
      .flatMap(problemsOf);
  },
};

function problemsOf({ id, properties }: TemplateResource): readonly Finding[] {
  const findings: Finding[] = [];
  const name = properties['Name'];
  if (name === undefined || !rendered(name).startsWith(prefix)) {
    const message = `the name is ${name === undefined ? 'left to CloudFormation' : rendered(name)}, it must begin with ${prefix}`;
    findings.push({ resource: id, property: 'Properties.Name', message });
  }
  const key = properties['KmsKeyId'];
  if (key === undefined || rendered(key).includes('alias/aws/')) {
    findings.push({ resource: id, property: 'Properties.KmsKeyId', message: 'the secret has no customer-managed key' });
  }
  return findings;
}
