import { expect, test } from '@jest/globals';
import { scramSecret } from '../../../../lib/checks/rules/scram-secret.ts';
import { findings } from '../stack-under-check.ts';

const secret = (properties: Readonly<Record<string, unknown>>) => ({
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: properties },
  Association: { Type: 'AWS::MSK::BatchScramSecret', Properties: { SecretArnList: [{ Ref: 'Secret' }] } },
});

const key = { 'Fn::GetAtt': ['Key', 'Arn'] };

test('a secret with its prefix and a customer-managed key passes', () => {
  expect(findings(scramSecret, secret({ Name: 'AmazonMSK_iot', KmsKeyId: key }))).toEqual([]);
});

test('a secret that is none of the cluster’s may have any name', () => {
  const { Secret } = secret({ Name: 'database' });
  expect(findings(scramSecret, { Secret })).toEqual([]);
});

test.each([
  [{ Name: 'iot', KmsKeyId: key }, /Name the name is iot, it must begin with AmazonMSK_/],
  [{ KmsKeyId: key }, /Name the name is left to CloudFormation/],
  [{ Name: 'AmazonMSK_iot' }, /KmsKeyId the secret has no customer-managed key/],
  [{ Name: 'AmazonMSK_iot', KmsKeyId: 'alias/aws/secretsmanager' }, /no customer-managed key/],
])('trap 6: a SCRAM secret %j is refused', (properties, message) => {
  expect(findings(scramSecret, secret(properties))).toEqual([expect.stringMatching(message)]);
});
