import { expect, test } from '@jest/globals';
import { eventSourceRights } from '../../../../lib/checks/rules/event-source-rights.ts';
import { findings, type Resources } from '../stack-under-check.ts';

const all = [
  'kafka-cluster:Connect',
  'kafka-cluster:DescribeGroup',
  'kafka-cluster:AlterGroup',
  'kafka-cluster:DescribeTopic',
  'kafka-cluster:ReadData',
  'kafka-cluster:DescribeClusterDynamicConfiguration',
];

const consumer = (actions: readonly string[], dependsOn: readonly string[] = ['Rights']): Resources => ({
  Role: { Type: 'AWS::IAM::Role' },
  Rights: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      Roles: [{ Ref: 'Role' }],
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: actions, Resource: 'arn:…' }] },
    },
  },
  Function: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { Topics: ['alerts'], FunctionName: { Ref: 'Function' } },
    DependsOn: dependsOn,
  },
});

test('a mapping whose role may read the topic, and that waits for it, passes', () => {
  expect(findings(eventSourceRights, consumer(all))).toEqual([]);
  expect(findings(eventSourceRights, consumer(['kafka-cluster:*']))).toEqual([]);
});

test('trap 8: a mapping without data-plane rights is refused, naming each missing action', () => {
  expect(findings(eventSourceRights, consumer(all.slice(0, 4)))).toEqual([
    'Mapping Properties.FunctionName the role Role lacks kafka-cluster:ReadData, kafka-cluster:DescribeClusterDynamicConfiguration',
  ]);
});

test('a mapping that does not wait for its rights is refused', () => {
  expect(findings(eventSourceRights, consumer(all, []))).toEqual([
    'Mapping DependsOn nothing makes the mapping wait for Rights, which gives it its rights',
  ]);
});

test('a mapping whose role stands elsewhere is refused, because nobody can tell its rights', () => {
  const { Role: _, Function: __, ...rest } = consumer(all);
  expect(findings(eventSourceRights, rest)).toEqual([expect.stringMatching(/not in this template/)]);
});
