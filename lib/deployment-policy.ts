/** Rights on the data plane of MSK that CloudFormation uses for `AWS::MSK::Topic`; `kafka:*` holds none of them. */
const topicActions = [
  'kafka-cluster:AlterTopic',
  'kafka-cluster:AlterTopicDynamicConfiguration',
  'kafka-cluster:CreateTopic',
  'kafka-cluster:DeleteTopic',
  'kafka-cluster:DescribeTopic',
  'kafka-cluster:DescribeTopicDynamicConfiguration',
] as const;

/**
 * What the role that CloudFormation deploys with needs beside the rights to make the resources themselves, and what a
 * role that was cut down service by service lacks. The role of a plain `cdk bootstrap` may do everything.
 */
export const deploymentPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'LogInToCreateTopics',
      Effect: 'Allow',
      Action: 'kafka-cluster:Connect',
      Resource: 'arn:aws:kafka:*:*:cluster/event-bus-*/*',
    },
    {
      Sid: 'CreateTopics',
      Effect: 'Allow',
      Action: topicActions,
      Resource: 'arn:aws:kafka:*:*:topic/event-bus-*/*/*',
    },
    {
      Sid: 'ReadOutputsOfOtherStacks',
      Effect: 'Allow',
      Action: 'cloudformation:DescribeStacks',
      Resource: 'arn:aws:cloudformation:*:*:stack/event-bus-*/*',
    },
  ],
} as const;

/** The policy as a file that `cdk bootstrap --cloudformation-execution-policies` can be given as a policy of its own. */
export function deploymentPolicyPage(): string {
  return `${JSON.stringify(deploymentPolicy, null, 2)}\n`;
}
