import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../../lib/config.ts';
import { busStacks } from '../bus-stacks.ts';
import { idOf, idsOf, onlyOne, waitsFor } from '../template-order.ts';

const { dev, prod, 'prod-eu': prodEu } = environments;
const express = busStacks(prod);
const expressTemplate = express.templateOf(express.eventBus);
const standard = busStacks(dev);
const standardTemplate = standard.templateOf(standard.eventBus);
const cluster = 'AWS::MSK::Cluster';

const propertiesOf = (template: Template): Readonly<Record<string, string>> => {
  const [configuration] = Object.values(template.findResources('AWS::MSK::Configuration'));
  const lines: readonly string[] = configuration?.['Properties'].ServerProperties.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=')));
};

const brokersOf = (template: Template) =>
  (onlyOne(template, cluster)['Properties'] as Readonly<Record<string, unknown>>)['BrokerNodeGroupInfo'];

const statementsOf = (template: Template) => {
  const [policy] = Object.values(template.findResources('AWS::MSK::ClusterPolicy'));
  return policy?.['Properties'].Policy.Statement as readonly Readonly<Record<string, unknown>>[];
};

describe('the cluster', () => {
  test('trap 2: has as many brokers in each of three zones, and disks of its own only when it is Standard', () => {
    const threeSubnets = [expect.anything(), expect.anything(), expect.anything()];
    expect(onlyOne(expressTemplate, cluster)).toMatchObject({
      Properties: {
        KafkaVersion: '3.9.x.kraft',
        NumberOfBrokerNodes: 3,
        BrokerNodeGroupInfo: {
          InstanceType: 'express.m7g.xlarge',
          ClientSubnets: threeSubnets,
        },
      },
    });
    expect(brokersOf(expressTemplate)).not.toHaveProperty('StorageInfo');
    expect(onlyOne(standardTemplate, cluster)).toMatchObject({
      Properties: {
        NumberOfBrokerNodes: 3,
        BrokerNodeGroupInfo: {
          InstanceType: 'kafka.m7g.large',
          ClientSubnets: threeSubnets,
          StorageInfo: { EBSStorageInfo: { VolumeSize: 100 } },
        },
      },
    });
  });

  test('trap 2: is given no property that its type of broker refuses', () => {
    // What AWS lists as changeable on Express, of what the bus cares about.
    const changeableOnExpress = new Set([
      'allow.everyone.if.no.acl.found',
      'auto.create.topics.enable',
      'offsets.retention.minutes',
    ]);
    expect(Object.keys(propertiesOf(expressTemplate)).filter((name) => !changeableOnExpress.has(name))).toEqual([]);
    expect(propertiesOf(standardTemplate)).toMatchObject({
      'default.replication.factor': '3',
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': 'false',
    });
  });

  test.each([
    ['Express', expressTemplate],
    ['Standard', standardTemplate],
  ])('of type %s creates no topic by accident and lets no one in for whom no rule speaks', (_, template) => {
    expect(propertiesOf(template)).toMatchObject({
      'auto.create.topics.enable': 'false',
      'allow.everyone.if.no.acl.found': 'false',
    });
  });

  test('speaks TLS alone, to IAM and SCRAM, from outside of the network to IAM only, and encrypts with our key', () => {
    expect(onlyOne(expressTemplate, cluster)).toMatchObject({
      Properties: {
        ClientAuthentication: {
          Sasl: { Iam: { Enabled: true }, Scram: { Enabled: true } },
          Unauthenticated: { Enabled: false },
        },
        EncryptionInfo: {
          EncryptionAtRest: { DataVolumeKMSKeyId: { 'Fn::GetStackOutput': expect.anything() } },
          EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true },
        },
        BrokerNodeGroupInfo: {
          ConnectivityInfo: {
            VpcConnectivity: { ClientAuthentication: { Sasl: { Iam: { Enabled: true } } } },
          },
        },
      },
    });
  });

  test('can be made without private connections first, should MSK refuse them at its creation', () => {
    const first = busStacks({ ...prod, cluster: { ...prod.cluster, multiVpc: false } });
    expect(brokersOf(first.templateOf(first.eventBus))).not.toHaveProperty('ConnectivityInfo');
    expect(brokersOf(expressTemplate)).toHaveProperty('ConnectivityInfo');
  });

  test('logs what brokers say and whom they refuse', () => {
    expect(onlyOne(expressTemplate, cluster)).toMatchObject({
      Properties: {
        LoggingInfo: {
          BrokerLogs: { CloudWatchLogs: { Enabled: true, LogGroup: expect.anything() } },
          AuthorizerLogs: { CloudWatchLogs: { Enabled: true, LogGroup: expect.anything() } },
        },
      },
    });
  });

  test('outlives its stack where data is retained, and goes with it elsewhere', () => {
    expect(onlyOne(expressTemplate, cluster)).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(onlyOne(standardTemplate, cluster)).toMatchObject({ DeletionPolicy: 'Delete' });
  });

  test('trap 3: tells its addresses by a custom resource, and nothing reads them from the cluster itself', () => {
    const answer = idOf(expressTemplate, 'Custom::BootstrapBrokers');
    const read = JSON.stringify(expressTemplate.toJSON()).matchAll(/"Fn::GetAtt":\["([^"]+)","([^"]+)"\]/g);
    const attributes = [...read].map(([, id, attribute]) => `${id}.${attribute}`);
    const ofCluster = attributes.filter((name) => name.startsWith(`${idOf(expressTemplate, cluster)}.`));
    expect([...new Set(ofCluster)]).toEqual([`${idOf(expressTemplate, cluster)}.Arn`]);
    expect(attributes).toContain(`${answer}.BootstrapBrokerStringSaslIam`);
  });

  test('trap 3: asks for its addresses again when its ways to log in change', () => {
    const [answer] = Object.values(expressTemplate.findResources('Custom::BootstrapBrokers'));
    expect(JSON.stringify(answer?.['Properties'].Update)).toContain('bootstrap-brokers/iam,scram');
  });
});

describe('the order of a deployment', () => {
  test('trap 5: is cluster, policy, user, access rules, topics', () => {
    const rules = idOf(expressTemplate, 'Custom::ClusterAccess');
    const user = idOf(expressTemplate, 'AWS::MSK::BatchScramSecret');
    const policy = idOf(expressTemplate, 'AWS::MSK::ClusterPolicy');
    for (const topic of idsOf(expressTemplate, 'AWS::MSK::Topic')) {
      expect({ topic, waits: waitsFor(expressTemplate, topic, rules) }).toEqual({ topic, waits: true });
    }
    expect(waitsFor(expressTemplate, rules, user)).toBe(true);
    expect(waitsFor(expressTemplate, user, policy)).toBe(true);
    expect(waitsFor(expressTemplate, policy, idOf(expressTemplate, cluster))).toBe(true);
  });
});

describe('the user of IoT Core', () => {
  const secret = 'AWS::SecretsManager::Secret';

  test('trap 6: has a secret with the prefix, a customer-managed key and a policy for the brokers', () => {
    expect(onlyOne(expressTemplate, secret)).toMatchObject({
      Properties: {
        Name: 'AmazonMSK_event-bus-prod_iot',
        KmsKeyId: { 'Fn::GetStackOutput': { StackName: 'event-bus-prod-eu-central-1-keys' } },
        GenerateSecretString: { SecretStringTemplate: '{"username":"iot"}', GenerateStringKey: 'password' },
      },
    });
    expect(onlyOne(expressTemplate, 'AWS::SecretsManager::ResourcePolicy')).toMatchObject({
      Properties: {
        SecretId: { Ref: idOf(expressTemplate, secret) },
        ResourcePolicy: {
          Statement: expect.arrayContaining([
            expect.objectContaining({
              Effect: 'Allow',
              Principal: { Service: 'kafka.amazonaws.com' },
              Action: 'secretsmanager:GetSecretValue',
            }),
          ]),
        },
      },
    });
    expect(onlyOne(expressTemplate, 'AWS::MSK::BatchScramSecret')).toMatchObject({
      Properties: {
        SecretArnList: [{ Ref: idOf(expressTemplate, secret) }],
      },
    });
  });

  test('trap 6: has a key whose policy leaves it to roles of the account who may decrypt, IoT Core’s among them', () => {
    const keys = Object.values(express.templateOf(express.keys).findResources('AWS::KMS::Key'));
    expect(keys.find(({ Properties }) => /in motion/.test(Properties.Description))).toMatchObject({
      Properties: {
        KeyPolicy: {
          Statement: expect.arrayContaining([
            expect.objectContaining({
              Action: 'kms:*',
              Effect: 'Allow',
              Principal: { AWS: expect.anything() },
              Resource: '*',
            }),
          ]),
        },
      },
    });
  });
});

describe('a change of the password', () => {
  const changing = busStacks({ ...prod, cluster: { ...prod.cluster, iotUsers: ['iot', 'iot-b'] } });
  const template = changing.templateOf(changing.eventBus);

  test('has both users known to the cluster, each with a secret and rules, and gives IoT Core the new one', () => {
    const secrets = Object.entries(template.findResources('AWS::SecretsManager::Secret'));
    expect(secrets.map(([, { Properties }]) => Properties.Name)).toEqual([
      'AmazonMSK_event-bus-prod_iot',
      'AmazonMSK_event-bus-prod_iot-b',
    ]);
    expect(onlyOne(template, 'AWS::MSK::BatchScramSecret')).toHaveProperty(
      'Properties.SecretArnList',
      secrets.map(([id]) => ({ Ref: id })),
    );
    const rules = Object.values(template.findResources('Custom::ClusterAccess'));
    expect(rules.map(({ Properties }) => Properties.principal)).toEqual(['User:iot', 'User:iot-b']);
    expect(changing.eventBus.cluster.scramSecretName).toBe('AmazonMSK_event-bus-prod_iot-b');
  });

  test('leaves the first user as it was', () => {
    const [first] = idsOf(template, 'AWS::SecretsManager::Secret');
    expect(idsOf(expressTemplate, 'AWS::SecretsManager::Secret')).toEqual([first]);
  });
});

describe('the policy of the cluster', () => {
  test('is one, and lets Firehose make private connections', () => {
    expect(statementsOf(expressTemplate)).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'firehose.amazonaws.com' },
        Action: [
          'kafka:CreateVpcConnection',
          'kafka:GetBootstrapBrokers',
          'kafka:DescribeClusterV2',
          'kafka:DescribeCluster',
        ],
        Resource: { 'Fn::GetAtt': [idOf(expressTemplate, cluster), 'Arn'] },
      },
    ]);
  });

  test('trap 19: lets the Replicator in too where another region copies, in both regions for the way back', () => {
    if (prodEu.replica === undefined) throw new Error('prod-eu has a replica');
    for (const site of [prodEu.primary, prodEu.replica]) {
      const linked = busStacks(prodEu, undefined, site);
      const services = statementsOf(linked.templateOf(linked.eventBus)).map(({ Principal }) => Principal);
      expect(services).toEqual([{ Service: 'firehose.amazonaws.com' }, { Service: 'kafka.amazonaws.com' }]);
    }
  });
});

describe('the brokers’ security group', () => {
  const template = express.templateOf(express.network);
  const group = (name: string) => {
    const found = idsOf(template, 'AWS::EC2::SecurityGroup').find((id) => id.startsWith(name));
    return { 'Fn::GetAtt': [found, 'GroupId'] };
  };

  const allowed = Object.values(
    template.findResources('AWS::EC2::SecurityGroupIngress', { Properties: { GroupId: group('AccessBrokers') } }),
  ).map(({ Properties: { SourceSecurityGroupId, FromPort, ToPort } }) => ({ SourceSecurityGroupId, FromPort, ToPort }));

  test.each([
    ['functions and services with IAM', 'AccessKafkaClients', [9098, 9098]],
    ['IoT Core with SCRAM', 'AccessIotDestination', [9096, 9096]],
    ['pollers, Firehose and Replicator, which are in the group', 'AccessBrokers', [9098, 9098]],
    ['private connections of another region’s Replicator', 'AccessBrokers', [14_001, 14_100]],
  ])('trap 7: lets in %s', (_, from, [FromPort, ToPort]) => {
    expect(allowed).toContainEqual({ SourceSecurityGroupId: group(from), FromPort, ToPort });
  });

  test('trap 7: lets no one else in', () => {
    expect(allowed).toHaveLength(4);
  });
});
