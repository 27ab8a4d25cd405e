import { expect, test } from '@jest/globals';
import { environments } from '../../lib/config.ts';
import { deploymentPolicy } from '../../lib/deployment-policy.ts';
import { busStacks } from './bus-stacks.ts';
import { onlyOne } from './template-order.ts';

/** Whether the policy allows an action on a resource. */
function allows(action: string, resource: string): boolean {
  return deploymentPolicy.Statement.some(
    ({ Action, Resource }) =>
      [Action].flat().some((name) => name === action) &&
      new RegExp(`^${Resource.replaceAll('*', '.*')}$`).test(resource),
  );
}

// https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
const neededForTopics = [
  'CreateTopic',
  'DescribeTopic',
  'AlterTopic',
  'AlterTopicDynamicConfiguration',
  'DescribeTopicDynamicConfiguration',
  'DeleteTopic',
];

test.each(Object.values(environments))(
  'trap 4: the role that deploys $name may make its topics, which kafka:* alone does not allow',
  (config) => {
    const { eventBus, templateOf } = busStacks(config);
    const cluster = onlyOne(templateOf(eventBus), 'AWS::MSK::Cluster') as { Properties: { ClusterName: string } };
    const name = cluster.Properties.ClusterName;
    const arn = (kind: string, rest: string) =>
      `arn:aws:kafka:${config.primary.region}:111122223333:${kind}/${name}/${rest}`;
    expect(allows('kafka-cluster:Connect', arn('cluster', 'uuid-1'))).toBe(true);
    const missing = neededForTopics.filter(
      (action) => !allows(`kafka-cluster:${action}`, arn('topic', 'uuid-1/veh.events.raw')),
    );
    expect(missing).toEqual([]);
  },
);

test('the role that deploys may read the outputs of the stacks, and records are not its business', () => {
  const stack = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/event-bus-dev-eu-west-1-keys/uuid';
  expect(allows('cloudformation:DescribeStacks', stack)).toBe(true);
  const topic = 'arn:aws:kafka:eu-west-1:111122223333:topic/event-bus-dev/uuid-1/alerts';
  expect(allows('kafka-cluster:ReadData', topic)).toBe(false);
  expect(allows('kafka-cluster:WriteData', topic)).toBe(false);
});
