import { describe, expect, test } from '@jest/globals';
import { list, rendered } from '../../../lib/checks/template.ts';
import { environments } from '../../../lib/config.ts';
import { RegionLinkStack } from '../../../lib/stacks/region-link-stack.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Catalogue, Topic } from '../../../src/catalogue/model.ts';
import { busStacks } from '../bus-stacks.ts';
import type { PolicyStatementJson } from '../construct-bench.ts';
import { onlyOne } from '../template-order.ts';

const config = environments['prod-eu'];
const { replica } = config;
if (replica === undefined) throw new Error('prod-eu has a replica');
const site = replica;

function linkOf(declared: Catalogue) {
  const bus = busStacks(config, declared, site);
  const stack = new RegionLinkStack(bus.stage, 'region-link', {
    ...bus.base,
    catalogue: declared,
    cluster: bus.eventBus.cluster,
    logsKey: bus.keys.logs,
  });
  const template = bus.templateOf(stack);
  const { Properties } = onlyOne(template, 'AWS::MSK::Replicator') as { Properties: Replicator };
  return { template, properties: Properties, info: Properties.ReplicationInfoList[0] };
}

interface Replicator {
  readonly KafkaClusters: readonly unknown[];
  readonly ReplicationInfoList: readonly [Replication];
}

interface Replication {
  readonly TopicReplication: Readonly<Record<string, unknown>> & { readonly TopicsToReplicate: readonly string[] };
  readonly ConsumerGroupReplication: Readonly<Record<string, unknown>> & {
    readonly ConsumerGroupsToReplicate: readonly string[];
  };
}

const { template, properties, info } = linkOf(catalogue);
const copied = catalogue.topics.filter(({ replication }) => replication === 'in-residency').map(({ name }) => name);
const kept = catalogue.topics.filter(({ replication }) => replication === 'none').map(({ name }) => name);
const output = (stack: string, name: string, region: string) => ({
  'Fn::GetStackOutput': { StackName: `event-bus-prod-eu-${region}-${stack}`, OutputName: name, Region: region },
});

describe('the link of two regions', () => {
  test('trap 19: copies the topics that the catalogue lets go, each by a pattern that matches it alone', () => {
    const patterns = info.TopicReplication.TopicsToReplicate.map((pattern) => new RegExp(`^(?:${pattern})$`));
    const everyName = [...copied, ...kept, ...copied.map((name) => name.replaceAll('.', '-'))];
    const matched = everyName.filter((name) => patterns.some((pattern) => pattern.test(name)));
    expect(kept.length).toBeGreaterThan(0);
    expect(new Set(matched)).toEqual(new Set(copied));
    expect(patterns).toHaveLength(copied.length);
  });

  test('trap 19: syncs places in the mode that needs no second Replicator, and keeps names', () => {
    expect(info.ConsumerGroupReplication).toMatchObject({
      ConsumerGroupOffsetSyncMode: 'LEGACY',
      SynchroniseConsumerGroupOffsets: true,
    });
    expect(info.TopicReplication).toMatchObject({
      TopicNameConfiguration: { Type: 'IDENTICAL' },
      StartingPosition: { Type: 'EARLIEST' },
      CopyAccessControlListsForTopics: false,
    });
  });

  test('follows the catalogue: a topic that may be copied is, one that may not is not', () => {
    const declared = {
      ...catalogue,
      topics: [...catalogue.topics, added('fleet.added.v1', 'in-residency'), added('fleet.secret.v1', 'none')],
    };
    const patterns = linkOf(declared).info.TopicReplication.TopicsToReplicate;
    expect(patterns).toContain('fleet\\.added\\.v1');
    expect(patterns.filter((pattern) => pattern.includes('secret'))).toEqual([]);
  });

  test('copies the places of the groups that read the copied topics, and of no other', () => {
    const groups = info.ConsumerGroupReplication.ConsumerGroupsToReplicate;
    expect(groups).toContain('telemetry-cleaner\\.sensor\\.raw');
    expect(groups.filter((group) => group.startsWith('lake-transform'))).toEqual([]);
    const ofKept = kept.map((name) => name.replaceAll('.', '\\.'));
    expect(groups.filter((group) => ofKept.some((name) => group.endsWith(`.${name}`)))).toEqual([]);
  });

  test('finds the primary’s cluster by the outputs of its stacks, in its own region', () => {
    expect(properties.KafkaClusters[0]).toEqual({
      AmazonMskCluster: { MskClusterArn: output('event-bus', 'ClusterArn', 'eu-central-1') },
      VpcConfig: {
        SecurityGroupIds: [output('network', 'BrokerGroup', 'eu-central-1')],
        SubnetIds: [1, 2, 3].map((index) => output('network', `BrokerSubnet${index}`, 'eu-central-1')),
      },
    });
  });

  test('reads outputs that the primary’s stacks have', () => {
    const primary = busStacks(config);
    const outputs = Object.keys(primary.templateOf(primary.eventBus).findOutputs('*'));
    expect(outputs).toEqual(expect.arrayContaining(['ClusterArn', 'ClusterUuid']));
    expect(Object.keys(primary.templateOf(primary.network).findOutputs('*'))).toEqual(
      expect.arrayContaining(['BrokerSubnet1', 'BrokerSubnet2', 'BrokerSubnet3', 'BrokerGroup']),
    );
  });

  test('runs with a role that may read what is copied in the source and write it in the target, and no more', () => {
    const [role] = Object.values(template.findResources('AWS::IAM::Role'));
    expect(role).toMatchObject({
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Principal: { Service: 'kafka.amazonaws.com' },
              Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            },
          ],
        },
      },
    });
    const statements = [
      ...Object.values(template.findResources('AWS::IAM::Policy')),
      ...Object.values(template.findResources('AWS::IAM::ManagedPolicy')),
    ].flatMap(({ Properties }) => Properties.PolicyDocument.Statement as readonly PolicyStatementJson[]);
    const actionsOn = (region: string, topic: string) =>
      statements
        .filter(({ Resource }) =>
          list(Resource).some((arn) => rendered(arn).startsWith(`arn:aws:kafka:${region}:`) && endsIn(arn, topic)),
        )
        .flatMap(({ Action }) => Action)
        .sort();
    for (const topic of copied) {
      expect(actionsOn('eu-central-1', topic)).toEqual(reading);
      expect(actionsOn('eu-west-1', topic)).toEqual(writing);
    }
    for (const topic of kept) {
      expect([...actionsOn('eu-central-1', topic), ...actionsOn('eu-west-1', topic)]).toEqual([]);
    }
  });
});

const reading = ['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'ReadData'].map(dataAction);
const writing = [
  'AlterTopic',
  'AlterTopicDynamicConfiguration',
  'CreateTopic',
  'DescribeTopic',
  'DescribeTopicDynamicConfiguration',
  'WriteData',
].map(dataAction);

function dataAction(name: string): string {
  return `kafka-cluster:${name}`;
}

function endsIn(arn: unknown, topic: string): boolean {
  return rendered(arn).endsWith(`/${topic}`);
}

function added(name: string, replication: Topic['replication']): Topic {
  return { ...catalogue.topics[0], name, replication };
}
