import { describe, expect, test } from '@jest/globals';
import { gathered, iamPage } from '../../../../lib/checks/iam/iam-page.ts';
import { mergedByTopic } from '../../../../lib/checks/iam/merged-roles.ts';
import { parseTemplate } from '../../../../lib/checks/template.ts';

const path = (of: string) => ({ Metadata: { 'aws:cdk:path': `event-bus-dev/${of}` } });
const templates = new Map([
  [
    'keys',
    parseTemplate(
      JSON.stringify({
        Resources: { Key: { Type: 'AWS::KMS::Key', ...path('keys/Bus/Resource') } },
        Outputs: { BusArn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
      }),
    ),
  ],
  [
    'processing',
    parseTemplate(
      JSON.stringify({
        Resources: {
          Queue: { Type: 'AWS::SQS::Queue', ...path('processing/Letters/Resource') },
          Role: {
            Type: 'AWS::IAM::Role',
            ...path('processing/Writer/Role/Resource'),
            Properties: {
              AssumeRolePolicyDocument: {
                Statement: [{ Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
              },
              ManagedPolicyArns: [
                { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AWSXRayDaemonWriteAccess']] },
              ],
            },
          },
          Policy: {
            Type: 'AWS::IAM::Policy',
            Properties: {
              Roles: [{ Ref: 'Role' }],
              PolicyDocument: {
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'],
                    Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
                  },
                  {
                    Effect: 'Deny',
                    Action: 'kms:Decrypt',
                    Resource: { 'Fn::GetStackOutput': { StackName: 'keys', OutputName: 'BusArn' } },
                    Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
                  },
                ],
              },
            },
          },
        },
      }),
    ),
  ],
]);

const lines = iamPage({ environment: 'dev', templates, topics: [] }).split('\n');

describe('the page of rights', () => {
  test('counts the roles and names who takes each', () => {
    expect(lines.join('\n')).toContain('The 1 roles of the environment `dev`');
    expect(lines).toContain(
      '| **processing/Writer/Role** | lambda.amazonaws.com | `managed policy AWSXRayDaemonWriteAccess` |  |  |',
    );
  });

  test('has every statement with its actions, resources and conditions, references as paths across stacks', () => {
    expect(lines).toContain('|  |  | `sqs:{SendMessage, GetQueueUrl}` | `<processing/Letters>` |  |');
    expect(lines).toContain(
      '|  |  | Deny: `kms:Decrypt` | `<keys/Bus>` | `aws:SourceAccount StringEquals <account>` |',
    );
  });
});

describe('texts are gathered', () => {
  test('where all but one part is the same', () => {
    expect(gathered(['t/a', 't/b', 'g/a'], '/')).toEqual(['t/{a, b}', 'g/a']);
    expect(gathered(['b/topic=a/*', 'b/topic=b/*', 'b/x'], '/')).toEqual(['b/{topic=a, topic=b}/*', 'b/x']);
  });

  test('once, when they are the same, and never across things that share nothing', () => {
    expect(gathered(['<a/key>', '<a/key>', '<a/other>'], '/')).toEqual(['<a/key>', '<a/other>']);
  });
});

const role = (topic: string, resource: string) => ({
  role: `delivery/${topic}/Role`,
  usedBy: 'firehose.amazonaws.com',
  rights: [{ effect: 'Allow', actions: ['glue:GetTable'], resources: [resource], conditions: [] }],
});

test('roles that differ by their topic alone stand as one, with their number', () => {
  const topics = ['sensor.raw', 'alerts', 'other'];
  const roles = [role('sensor.raw', 'table/sensor_raw'), role('alerts', 'table/alerts'), role('other', 'table/all')];
  expect(mergedByTopic(roles, topics)).toEqual([
    { ...role('(topic)', 'table/(topic)'), role: 'delivery/(topic)/Role, 2 topics' },
    role('other', 'table/all'),
  ]);
});
