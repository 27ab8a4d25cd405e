import { expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { environments } from '../../../lib/config.ts';
import type { EventBusCluster } from '../../../lib/constructs/event-bus-cluster.ts';
import { busStacks } from '../bus-stacks.ts';

const { eventBus, stage } = busStacks(environments.dev);
const output = (OutputName: string) => ({
  'Fn::GetStackOutput': { StackName: 'event-bus-dev-eu-central-1-event-bus', OutputName },
});
const clusterArn = output('ClusterArn');

/** An ARN of something on the cluster, as a template of another stack has it. */
function onCluster(kind: string, name: string) {
  const start = { Ref: 'AWS::AccountId' };
  const parts = ['arn:aws:kafka:eu-central-1:', start, `:${kind}/event-bus-dev/`, output('ClusterUuid'), `/${name}`];
  return { 'Fn::Join': ['', parts] };
}

/** A role in another stack. All stand before the first is read: an app is synthesised once. */
function reader(name: string, grant: (cluster: EventBusCluster, role: Role) => void): Stack {
  const stack = new Stack(stage, name, { env: { region: 'eu-central-1' } });
  grant(eventBus.cluster, new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  return stack;
}

const producer = reader('producer', (cluster, role) => cluster.grantProduce(role, ['alerts']));
const consumer = reader('consumer', (cluster, role) => cluster.grantConsume(role, ['alerts'], 'router.alerts'));
const delivery = reader('delivery', (cluster, role) => cluster.grantDeliver(role, 'alerts'));

function rightsIn(stack: Stack): unknown {
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policy?.['Properties'].PolicyDocument.Statement;
}

test('a producer may write its topics, each record once', () => {
  expect(rightsIn(producer)).toEqual([
    {
      Effect: 'Allow',
      Action: ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
      Resource: clusterArn,
    },
    {
      Effect: 'Allow',
      Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'],
      Resource: onCluster('topic', 'alerts'),
    },
  ]);
});

test('trap 8: a consumer may read its topics in its own group', () => {
  expect(rightsIn(consumer)).toEqual([
    {
      Effect: 'Allow',
      Action: ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'],
      Resource: clusterArn,
    },
    {
      Effect: 'Allow',
      Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      Resource: onCluster('topic', 'alerts'),
    },
    {
      Effect: 'Allow',
      Action: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
      Resource: onCluster('group', 'router.alerts'),
    },
  ]);
});

test('a delivery stream may find the cluster and read its one topic', () => {
  expect(rightsIn(delivery)).toEqual([
    {
      Effect: 'Allow',
      Action: [
        'kafka-cluster:Connect',
        'kafka:DescribeCluster',
        'kafka:DescribeClusterV2',
        'kafka:GetBootstrapBrokers',
      ],
      Resource: clusterArn,
    },
    {
      Effect: 'Allow',
      Action: [
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:DescribeTopicDynamicConfiguration',
        'kafka-cluster:ReadData',
      ],
      Resource: onCluster('topic', 'alerts'),
    },
    { Effect: 'Allow', Action: 'kafka-cluster:DescribeGroup', Resource: onCluster('group', '*') },
  ]);
});
