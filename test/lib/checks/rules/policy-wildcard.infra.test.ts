import { expect, test } from '@jest/globals';
import { policyWildcard } from '../../../../lib/checks/rules/policy-wildcard.ts';
import { findings } from '../stack-under-check.ts';

const policy = (type: string, statement: Readonly<Record<string, unknown>>) => ({
  Policy: { Type: type, Properties: { PolicyDocument: { Statement: [{ Effect: 'Allow', ...statement }] } } },
});

const queue = { 'Fn::GetAtt': ['Queue', 'Arn'] };
const service = { Service: 'sns.amazonaws.com' };

test('a resource policy that names principal, action and resource passes', () => {
  const statement = { Principal: service, Action: 'sqs:SendMessage', Resource: queue };
  expect(findings(policyWildcard, policy('AWS::SQS::QueuePolicy', statement))).toEqual([]);
});

test('a denying statement may use wildcards', () => {
  const statement = { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: '*' };
  expect(findings(policyWildcard, policy('AWS::SQS::QueuePolicy', statement))).toEqual([]);
});

test('policies of roles are left to AwsSolutions-IAM5, what they trust is not', () => {
  expect(findings(policyWildcard, policy('AWS::IAM::Policy', { Action: '*', Resource: '*' }))).toEqual([]);
  const trust = { Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }] };
  const role = { Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } } };
  expect(findings(policyWildcard, role)).toEqual([expect.stringMatching(/anyone is allowed/)]);
});

test('a role that the library makes without a type is judged here, because no pack sees it', () => {
  const statement = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: 'arn:aws:lambda:::function:one:*' };
  const Properties = { Policies: [{ PolicyDocument: { Statement: [statement] } }] };
  expect(findings(policyWildcard, { UntypedRole: { Type: 'AWS::IAM::Role', Properties } })).toEqual([
    expect.stringMatching(/^UntypedRole .* the resource arn:aws:lambda:::function:one:\* is a wildcard$/),
  ]);
  expect(findings(policyWildcard, { Role: { Type: 'AWS::IAM::Role', Properties } })).toEqual([]);
});

test('a key policy may speak of its own key as * and leave the rest to IAM', () => {
  const root = { AWS: { 'Fn::Join': ['', ['arn:aws:iam::', { Ref: 'AWS::AccountId' }, ':root']] } };
  const statement = { Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' };
  const key = { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: [statement] } } } };
  expect(findings(policyWildcard, key)).toEqual([]);
  const open = {
    Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Statement: [{ ...statement, Principal: service }] } } },
  };
  expect(findings(policyWildcard, open)).toEqual([expect.stringMatching(/the action kms:\* is a wildcard/)]);
});

test.each([
  [{ Principal: '*', Action: 'sqs:SendMessage', Resource: queue }, /anyone is allowed, without a condition/],
  [{ Principal: service, Action: 'sqs:*', Resource: queue }, /the action sqs:\* is a wildcard/],
  [{ Principal: service, Action: 'sqs:SendMessage', Resource: '*' }, /the resource \* is a wildcard/],
  [{ Principal: service, NotAction: 'sqs:DeleteQueue', Resource: queue }, /every action but some/],
])('a resource policy with %j is refused', (statement, message) => {
  expect(findings(policyWildcard, policy('AWS::SQS::QueuePolicy', statement))).toEqual([
    expect.stringMatching(message),
  ]);
});

test('the policy of a bucket may speak of its objects', () => {
  const bucket = { 'Fn::GetAtt': ['Bucket', 'Arn'] };
  const objects = (pattern: string) => ({ 'Fn::Join': ['', [bucket, pattern]] });
  for (const pattern of ['/*', '/logs/*']) {
    const statement = { Principal: service, Action: 's3:PutObject', Resource: objects(pattern) };
    expect(findings(policyWildcard, policy('AWS::S3::BucketPolicy', statement))).toEqual([]);
  }
  const elsewhere = { Principal: service, Action: 's3:PutObject', Resource: 'arn:aws:s3:::other/*' };
  expect(findings(policyWildcard, policy('AWS::S3::BucketPolicy', elsewhere))).toHaveLength(1);
});

test('a device policy with a topic wildcard is refused', () => {
  const statement = {
    Action: 'iot:Publish',
    Resource: { 'Fn::Join': ['', ['arn:aws:iot:', { Ref: 'AWS::Region' }, ':topic/*']] },
  };
  expect(findings(policyWildcard, policy('AWS::IoT::Policy', statement))).toEqual([
    expect.stringMatching(/the resource arn:aws:iot:\$\{AWS::Region\}:topic\/\* is a wildcard/),
  ]);
});
