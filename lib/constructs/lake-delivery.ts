import { Duration, Stack } from 'aws-cdk-lib';
import { Metric, type MetricProps } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ILogGroup, LogStream } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bronzeErrorPrefix, bronzePrefix } from '../../src/catalogue/glue-columns.ts';
import { deliveryStreamName } from '../../src/catalogue/lake-columns.ts';
import type { Topic } from '../../src/catalogue/model.ts';
import { acknowledge, packs } from '../checks/acknowledge.ts';
import { acknowledgeResources } from '../checks/acknowledge-resources.ts';
import type { BundledFunction } from './bundled-function.ts';
import type { EventBusCluster } from './event-bus-cluster.ts';
import type { LakeBucket } from './lake-bucket.ts';
import type { LakeCatalogue } from './lake-catalogue.ts';

export interface LakeDeliveryProps {
  readonly topic: Topic;
  /** Prefix of the stream's name, for example `event-bus-dev`; the transformation reads the topic from the name. */
  readonly prefix: string;
  readonly cluster: EventBusCluster;
  /** Turns records into rows of the topic's table. */
  readonly transform: BundledFunction;
  readonly tables: LakeCatalogue;
  readonly bronze: LakeBucket;
  /** Key of the bucket. */
  readonly dataKey: IKey;
  readonly logs: ILogGroup;
  /** MiB that make a file, 64 to 128; fewer than 64 Firehose refuses for Parquet. @default 128 */
  readonly bufferMib?: number;
  /** Longest time until records are in a file, 60 s to 15 minutes. @default 5 minutes */
  readonly bufferTime?: Duration;
}

/**
 * A Firehose stream that brings one topic to the bronze bucket as Parquet. The source cannot be changed: what reads
 * another topic is another stream. Its role may read this topic and write this topic's folders, and nothing else.
 */
export class LakeDelivery extends Construct {
  readonly topic: string;
  readonly streamName: string;
  readonly stream: CfnDeliveryStream;

  constructor(scope: Construct, id: string, props: LakeDeliveryProps) {
    super(scope, id);
    this.topic = props.topic.name;
    this.streamName = deliveryStreamName(props.prefix, this.topic);
    const role = this.makeRole(props);
    this.stream = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: this.streamName,
      deliveryStreamType: 'MSKAsSource',
      mskSourceConfiguration: {
        mskClusterArn: props.cluster.clusterArn,
        topicName: this.topic,
        authenticationConfiguration: { connectivity: 'PRIVATE', roleArn: role.roleArn },
        // The beginning of time stands for the earliest record; without it records before the stream are left out.
        readFromTimestamp: '1970-01-01T00:00:00Z',
      },
      extendedS3DestinationConfiguration: this.destination(props, role),
    });
    // Firehose tries its rights when the stream is made.
    this.stream.node.addDependency(role);
    acknowledge(
      this.stream,
      'Firehose encrypts with a key of ours only what is put into it directly. This stream reads the cluster, which is encrypted, over TLS, and writes to a bucket that is.',
      `${packs.solutions}-KDF1`,
    );
  }

  /** Age of the oldest record that is not in a file yet, s. */
  metricFreshness(props?: Partial<MetricProps>): Metric {
    return this.metric('DeliveryToS3.DataFreshness', { statistic: 'Maximum', ...props });
  }

  /** Records that could not be converted and lie below the error prefix. */
  metricFailedConversions(props?: Partial<MetricProps>): Metric {
    return this.metric('FailedConversion.Records', { statistic: 'Sum', ...props });
  }

  /** A metric that Firehose keeps a stream. */
  metric(metricName: string, props?: Partial<MetricProps>): Metric {
    return new Metric({
      namespace: 'AWS/Firehose',
      metricName,
      dimensionsMap: { DeliveryStreamName: this.streamName },
      period: Duration.minutes(5),
      ...props,
    });
  }

  private destination(
    props: LakeDeliveryProps,
    { roleArn }: Role,
  ): CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty {
    const { bronze, dataKey, logs, transform, bufferMib = 128, bufferTime = Duration.minutes(5) } = props;
    const logStream = new LogStream(this, 'Log', { logGroup: logs, logStreamName: this.topic });
    return {
      bucketArn: bronze.sharedArn,
      roleArn,
      prefix: `${bronzePrefix(this.topic)}dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/`,
      errorOutputPrefix: `${bronzeErrorPrefix(this.topic)}!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/`,
      bufferingHints: { sizeInMBs: bufferMib, intervalInSeconds: bufferTime.toSeconds() },
      // Parquet compresses inside of the file; anything around it Firehose refuses.
      compressionFormat: 'UNCOMPRESSED',
      encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: dataKey.keyArn } },
      cloudWatchLoggingOptions: {
        enabled: true,
        logGroupName: logs.logGroupName,
        logStreamName: logStream.logStreamName,
      },
      processingConfiguration: { enabled: true, processors: [transformation(transform.functionArn, roleArn)] },
      dataFormatConversionConfiguration: this.conversion(props, roleArn),
      s3BackupMode: 'Disabled',
    };
  }

  private conversion(
    { tables }: LakeDeliveryProps,
    roleArn: string,
  ): CfnDeliveryStream.DataFormatConversionConfigurationProperty {
    return {
      enabled: true,
      inputFormatConfiguration: { deserializer: { openXJsonSerDe: { caseInsensitive: true } } },
      outputFormatConfiguration: { serializer: { parquetSerDe: { compression: 'SNAPPY', writerVersion: 'V1' } } },
      schemaConfiguration: {
        catalogId: Stack.of(this).account,
        region: Stack.of(this).region,
        databaseName: tables.databaseName,
        tableName: tables.tableName(this.topic),
        versionId: 'LATEST',
        roleArn,
      },
    };
  }

  private makeRole({ cluster, bronze, transform, tables, logs }: LakeDeliveryProps): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: `Brings ${this.topic} to the lake`,
    });
    const allow = (actions: string[], ...resources: string[]) =>
      role.addToPolicy(new PolicyStatement({ actions, resources }));
    cluster.grantDeliver(role, this.topic);
    allow(['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'], bronze.sharedArn);
    bronze.allow(role, bronzePrefix(this.topic), 'read', 'write');
    bronze.allow(role, bronzeErrorPrefix(this.topic), 'read', 'write');
    allow(['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'], transform.functionArn);
    allow(['glue:GetTable', 'glue:GetTableVersion', 'glue:GetTableVersions'], ...tables.arnsOf(this.topic));
    allow(['logs:PutLogEvents'], `${logs.logGroupArn}:log-stream:${this.topic}`);
    acknowledgeResources(
      role,
      'Firehose names its consumer groups itself; the right is to look at groups of this cluster, not to change any.',
      cluster.groupArn('*'),
    );
    return role;
  }
}

/**
 * MB of records that an invocation of the transformation gets. Rows are JSON, and in base64: up to six times as long as
 * their records, and Lambda's answer may have 6 MB.
 */
export const transformBufferMb = 0.5;

function transformation(lambdaArn: string, roleArn: string): CfnDeliveryStream.ProcessorProperty {
  const parameters = {
    LambdaArn: lambdaArn,
    RoleArn: roleArn,
    BufferSizeInMBs: String(transformBufferMb),
    BufferIntervalInSeconds: '60',
    NumberOfRetries: '3',
  };
  return {
    type: 'Lambda',
    parameters: Object.entries(parameters).map(([parameterName, parameterValue]) => ({
      parameterName,
      parameterValue,
    })),
  };
}
