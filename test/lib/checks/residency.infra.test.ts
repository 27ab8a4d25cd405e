import { describe, expect, test } from '@jest/globals';
import { residencyRules } from '../../../lib/checks/residency/rules.ts';
import { environments } from '../../../lib/config.ts';
import { type Resources, stackWith } from './stack-under-check.ts';

function found(resources: Resources, environment: 'prod' | 'prod-eu' = 'prod-eu'): readonly string[] {
  const stack = stackWith(resources, environment);
  return residencyRules.flatMap((rule) =>
    rule.check(stack).map(({ resource, property, message }) => `${resource} ${property} ${message}`),
  );
}

const one = (Type: string, Properties: Readonly<Record<string, unknown>>): Resources => ({
  Thing: { Type, Properties },
});
const elsewhere = (Region?: string) => ({ 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'Arn', Region } });

/** One way out a line: a resource whose place is what the function gets. */
const waysOut: readonly [string, (place: unknown) => Resources][] = [
  [
    'bucket replica',
    (place) => one('AWS::S3::Bucket', { ReplicationConfiguration: { Rules: [{ Destination: { Bucket: place } }] } }),
  ],
  [
    'bucket inventory',
    (place) => one('AWS::S3::Bucket', { InventoryConfigurations: [{ Destination: { BucketArn: place } }] }),
  ],
  [
    'backup copy',
    (place) =>
      one('AWS::Backup::BackupPlan', {
        BackupPlan: { BackupPlanRule: [{ CopyActions: [{ DestinationBackupVaultArn: place }] }] },
      }),
  ],
  [
    'replication end',
    (place) => one('AWS::MSK::Replicator', { KafkaClusters: [{ AmazonMskCluster: { MskClusterArn: place } }] }),
  ],
  ['database replica', (place) => one('AWS::RDS::DBCluster', { ReplicationSourceIdentifier: place })],
  ['log destination', (place) => one('AWS::Logs::SubscriptionFilter', { DestinationArn: place })],
  ['log destination', (place) => one('AWS::Logs::Destination', { TargetArn: place })],
  ['log destination', (place) => one('AWS::Logs::DeliveryDestination', { DestinationResourceArn: place })],
  ['log destination', (place) => one('AWS::EC2::FlowLog', { LogDestination: place })],
  ['log destination', (place) => one('AWS::WAFv2::LoggingConfiguration', { LogDestinationConfigs: [place] })],
  [
    'delivery',
    (place) =>
      one('AWS::KinesisFirehose::DeliveryStream', { ExtendedS3DestinationConfiguration: { BucketARN: place } }),
  ],
  [
    'delivery',
    (place) =>
      one('AWS::KinesisFirehose::DeliveryStream', {
        HttpEndpointDestinationConfiguration: { EndpointConfiguration: { Url: place } },
      }),
  ],
  [
    'delivery',
    (place) => one('AWS::KinesisFirehose::DeliveryStream', { SplunkDestinationConfiguration: { HECEndpoint: place } }),
  ],
  [
    'delivery',
    (place) =>
      one('AWS::KinesisFirehose::DeliveryStream', { SnowflakeDestinationConfiguration: { AccountUrl: place } }),
  ],
  ['delivery', (place) => one('AWS::MSK::Channel', { DestinationConfiguration: { S3: { BucketArn: place } } })],
  [
    'failure destination',
    (place) => one('AWS::Lambda::EventSourceMapping', { DestinationConfig: { OnFailure: { Destination: place } } }),
  ],
  [
    'failure destination',
    (place) => one('AWS::Lambda::EventInvokeConfig', { DestinationConfig: { OnFailure: { Destination: place } } }),
  ],
  ['event target', (place) => one('AWS::Events::Rule', { Targets: [{ Arn: place }] })],
  ['endpoint', (place) => one('AWS::Events::ApiDestination', { InvocationEndpoint: place })],
  ['endpoint', (place) => one('AWS::SNS::Subscription', { Endpoint: place })],
  ['endpoint', (place) => one('AWS::IoT::TopicRule', { TopicRulePayload: { Actions: [{ Http: { Url: place } }] } })],
  [
    'endpoint',
    (place) => one('AWS::IoT::TopicRule', { TopicRulePayload: { ErrorAction: { S3: { BucketName: place } } } }),
  ],
];

describe.each(waysOut)('a %s', (what, leadingTo) => {
  test('in London or Zurich is refused, inside the European Union it passes', () => {
    expect(found(leadingTo(elsewhere('eu-west-2')))).toEqual([
      expect.stringMatching(/^Thing Properties\..* points to eu-west-2 \(uk\), outside eu: eu-central-1, eu-west-1, /),
    ]);
    expect(found(leadingTo('arn:aws:s3:eu-central-2:111122223333:thing'))).toEqual([
      expect.stringMatching(/points to eu-central-2 \(ch\)/),
    ]);
    expect(found(leadingTo(elsewhere('eu-west-1')))).toEqual([]);
    expect(found(leadingTo(elsewhere()))).toEqual([]);
    expect(found(leadingTo({ 'Fn::GetAtt': ['Own', 'Arn'] }))).toEqual([]);
  });

  test('whose place nobody can tell is refused', () => {
    for (const place of ['arn:aws:s3:::a-name', 'https://collector.example.com/in', '{{resolve:ssm:/somewhere}}']) {
      expect(found(leadingTo(place))).toEqual([
        expect.stringMatching(new RegExp(`^Thing Properties\\..* nobody can tell in which region this ${what} lies$`)),
      ]);
    }
  });

  test('may lead anywhere in an environment without residency', () => {
    expect(found(leadingTo(elsewhere('us-east-1')), 'prod')).toEqual([]);
    expect(found(leadingTo('arn:aws:s3:::a-name'), 'prod')).toEqual([]);
  });
});

describe('a region that is named outright', () => {
  test.each([
    ['replica of a secret', one('AWS::SecretsManager::Secret', { ReplicaRegions: [{ Region: 'us-east-1' }] })],
    [
      'snapshot copy',
      one('AWS::RedshiftServerless::Namespace', { SnapshotCopyConfigurations: [{ DestinationRegion: 'us-east-1' }] }),
    ],
    [
      'image replica',
      one('AWS::ECR::ReplicationConfiguration', {
        ReplicationConfiguration: { Rules: [{ Destinations: [{ Region: 'us-east-1' }] }] },
      }),
    ],
    ['table replica', one('AWS::DynamoDB::GlobalTable', { Replicas: [{ Region: 'us-east-1' }] })],
    ['copy of a key', one('AWS::KMS::ReplicaKey', { PrimaryKeyArn: 'arn:aws:kms:us-east-1:1:key/a' })],
    ['endpoint', one('AWS::EC2::VPCEndpoint', { ServiceName: 'com.amazonaws.us-east-1.s3' })],
    ['peered network', one('AWS::EC2::VPCPeeringConnection', { PeerRegion: 'us-east-1' })],
    ['call of a custom resource', one('Custom::AWS', { Create: '{"service":"S3","region":"us-east-1"}' })],
    ['zone', one('AWS::EC2::Subnet', { AvailabilityZone: 'us-east-1a' })],
    [
      'variable of a function',
      one('AWS::Lambda::Function', { Environment: { Variables: { URL: 'https://s3.us-east-1.amazonaws.com' } } }),
    ],
  ])('is refused: %s', (_, resources) => {
    expect(found(resources)).toEqual([expect.stringMatching(/^Thing Properties\..* points to us-east-1 \(us\)/)]);
  });

  test.each(['us-gov-west-1', 'cn-north-1', 'eusc-de-east-1', 'ap-southeast-7', 'il-central-1'])(
    'is refused when this repository does not know it: %s',
    (region) => {
      expect(found(one('AWS::Any::Thing', { Region: region }))).toEqual([
        expect.stringContaining(`points to ${region} (not in lib/regions.ts)`),
      ]);
    },
  );

  test('passes when it is in the European Union, or in a description', () => {
    expect(found(one('AWS::Any::Thing', { Region: 'eu-north-1', Zone: 'eu-central-1a' }))).toEqual([]);
    expect(found(one('AWS::Any::Thing', { Description: 'not for us-east-1' }))).toEqual([]);
  });
});

describe('topics', () => {
  test('are named, the personal ones as such, when a Replicator takes them out', () => {
    const replicator = one('AWS::MSK::Replicator', {
      KafkaClusters: [{ AmazonMskCluster: { MskClusterArn: elsewhere('eu-west-2') } }],
      ReplicationInfoList: [{ TopicReplication: { TopicsToReplicate: ['order-events', 'alerts'] } }],
    });
    expect(found(replicator)).toEqual([expect.stringMatching(/, carrying personal data of order-events and alerts$/)]);
  });

  test('are named when a delivery stream takes them to a foreign endpoint', () => {
    const stream = one('AWS::KinesisFirehose::DeliveryStream', {
      MSKSourceConfiguration: { TopicName: 'customer-events' },
      HttpEndpointDestinationConfiguration: { EndpointConfiguration: { Url: 'https://collector.example.com' } },
    });
    expect(found(stream)).toEqual([
      expect.stringMatching(/this delivery lies, carrying personal data of customer-events$/),
    ]);
  });

  test('are named when the whole stack lies outside', () => {
    const mapping = one('AWS::Lambda::EventSourceMapping', { Topics: ['customer-events'] });
    const stack = { ...stackWith(mapping, 'prod-eu'), region: 'eu-west-2' };
    expect(residencyRules.flatMap((rule) => rule.check(stack).map(({ message }) => message))).toEqual([
      expect.stringMatching(
        /^the stack is for eu-west-2 \(uk\), outside eu: .*, carrying personal data of customer-events$/,
      ),
    ]);
  });
});

test('a finding cannot be acknowledged', () => {
  expect(residencyRules.map(({ severity }) => severity)).toEqual(residencyRules.map(() => 'fatal'));
  expect(environments['prod-eu'].residency).toBe('eu');
});
