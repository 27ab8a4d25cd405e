import type { TemplateResource } from '../template.ts';

/** A property by which data leaves a resource. */
export interface Sink {
  readonly type: string;
  /** Path below `Properties`; `*` stands for every position of a list. */
  readonly path: string;
  readonly what: string;
}

const sink = (what: string, type: string, ...paths: readonly string[]): readonly Sink[] =>
  paths.map((path) => ({ type, path, what }));

/**
 * Every way out that a template can open, by ARN, bucket or URL. Regions that are named outright, such as that of a
 * replica or a snapshot copy, are found anywhere and need no entry here.
 */
export const sinks: readonly Sink[] = [
  ...sink('bucket replica', 'AWS::S3::Bucket', 'ReplicationConfiguration.Rules.*.Destination.Bucket'),
  ...sink('bucket inventory', 'AWS::S3::Bucket', 'InventoryConfigurations.*.Destination.BucketArn'),
  ...sink(
    'backup copy',
    'AWS::Backup::BackupPlan',
    'BackupPlan.BackupPlanRule.*.CopyActions.*.DestinationBackupVaultArn',
  ),
  ...sink('replication end', 'AWS::MSK::Replicator', 'KafkaClusters.*.AmazonMskCluster.MskClusterArn'),
  ...sink('database replica', 'AWS::RDS::DBCluster', 'ReplicationSourceIdentifier'),
  ...sink('log destination', 'AWS::Logs::SubscriptionFilter', 'DestinationArn'),
  ...sink('log destination', 'AWS::Logs::Destination', 'TargetArn'),
  ...sink('log destination', 'AWS::Logs::DeliveryDestination', 'DestinationResourceArn'),
  ...sink('log destination', 'AWS::EC2::FlowLog', 'LogDestination'),
  ...sink('log destination', 'AWS::WAFv2::LoggingConfiguration', 'LogDestinationConfigs.*'),
  ...sink(
    'delivery',
    'AWS::KinesisFirehose::DeliveryStream',
    'ExtendedS3DestinationConfiguration.BucketARN',
    'S3DestinationConfiguration.BucketARN',
    'HttpEndpointDestinationConfiguration.EndpointConfiguration.Url',
    'SplunkDestinationConfiguration.HECEndpoint',
    'SnowflakeDestinationConfiguration.AccountUrl',
  ),
  ...sink('delivery', 'AWS::MSK::Channel', 'DestinationConfiguration.S3.BucketArn'),
  ...sink('failure destination', 'AWS::Lambda::EventSourceMapping', 'DestinationConfig.OnFailure.Destination'),
  ...sink('failure destination', 'AWS::Lambda::EventInvokeConfig', 'DestinationConfig.OnFailure.Destination'),
  ...sink('event target', 'AWS::Events::Rule', 'Targets.*.Arn'),
  ...sink('endpoint', 'AWS::Events::ApiDestination', 'InvocationEndpoint'),
  ...sink('endpoint', 'AWS::SNS::Subscription', 'Endpoint'),
  ...sink(
    'endpoint',
    'AWS::IoT::TopicRule',
    'TopicRulePayload.Actions.*.Http.Url',
    'TopicRulePayload.Actions.*.S3.BucketName',
    'TopicRulePayload.Actions.*.Sqs.QueueUrl',
    'TopicRulePayload.ErrorAction.Http.Url',
    'TopicRulePayload.ErrorAction.S3.BucketName',
    'TopicRulePayload.ErrorAction.Sqs.QueueUrl',
  ),
];

export interface Outlet {
  readonly path: string;
  readonly value: unknown;
  readonly what: string;
}

/** The ways out that a resource uses. */
export function outletsOf({ type, properties }: TemplateResource): readonly Outlet[] {
  return sinks
    .filter((candidate) => candidate.type === type)
    .flatMap(({ path, what }) =>
      valuesAt(properties, path.split('.'), 'Properties').map((found) => ({ ...found, what })),
    );
}

interface Found {
  readonly path: string;
  readonly value: unknown;
}

function valuesAt(value: unknown, [key, ...rest]: readonly string[], path: string): readonly Found[] {
  if (value === undefined || value === null) return [];
  if (key === undefined) return [{ path, value }];
  const entries = Object.entries(value).filter(([name]) => key === '*' || name === key);
  return entries.flatMap(([name, inner]) => valuesAt(inner, rest, `${path}.${name}`));
}
