import { Fn } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { bronzePrefix } from '../../src/catalogue/glue-columns.ts';
import type { Topic } from '../../src/catalogue/model.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { BucketReplication, type ReplicaBucket, type ReplicationRule } from '../constructs/bucket-replication.ts';
import { FailedInvocations } from '../constructs/failed-invocations.ts';
import { LakeBuckets } from '../constructs/lake-buckets.ts';
import { LakeCatalogue } from '../constructs/lake-catalogue.ts';
import type { Declarations } from '../environment-stage.ts';
import { dataKeyOutput } from './keys-stack.ts';

export interface LakeStackProps extends BusStackProps, Declarations {
  readonly dataKey: IKey;
  readonly busKey: IKey;
}

/** Names of the outputs that the other region reads: `LakeBucket` makes them from the ids of the buckets. */
const outputs = { bronze: 'BronzeArn', archive: 'ArchiveArn' } as const;

/** Everything that lies in S3, the tables over it, and a place to ask from. */
export class LakeStack extends BusStack {
  readonly buckets: LakeBuckets;
  readonly tables: LakeCatalogue;
  /** Tells of every invocation that Lambda gave up. */
  readonly failedInvocations: FailedInvocations;
  readonly workgroup: CfnWorkGroup;

  constructor(scope: Construct, id: string, props: LakeStackProps) {
    const { catalogue, schemas, dataKey, busKey, ...stackProps } = props;
    super(scope, id, stackProps);
    const { archive, logRetentionDays, retainData } = this.config;
    this.buckets = new LakeBuckets(this, 'Buckets', { dataKey, archive, logRetentionDays, retainData });
    this.tables = new LakeCatalogue(this, 'Tables', {
      databaseName: `event_bus_${this.config.name.replaceAll('-', '_')}`,
      topics: catalogue.topics,
      schemas,
      bronze: this.buckets.bronze,
    });
    this.failedInvocations = new FailedInvocations(this, 'FailedInvocations', {
      bucket: this.buckets.objects,
      encryptionKey: busKey,
    });
    this.workgroup = this.makeWorkgroup(dataKey);
    this.replicate(catalogue.topics, dataKey);
  }

  private makeWorkgroup(key: IKey): CfnWorkGroup {
    return new CfnWorkGroup(this, 'Workgroup', {
      name: `event-bus-${this.config.name}`,
      description: 'Questions to the lake of the event bus',
      recursiveDeleteOption: !this.config.retainData,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: 1024 ** 4,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${this.buckets.queries.bucketName}/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
  }

  /**
   * Copies archived topics into the archive, and in the primary of two regions what may leave it into the other one.
   * A stream cannot write into the archive itself: a lock wants a checksum with every part of an upload.
   */
  private replicate(topics: readonly Topic[], sourceKey: IKey): void {
    const { bronze, archive } = this.buckets;
    const archived = topics.filter(({ archive: kept }) => kept);
    const here = archived.map((topic) => rule('archive', topic, { arn: archive.bucketArn, keyArn: sourceKey.keyArn }));
    const rules = [...here, ...this.rulesToReplica(topics)];
    if (rules.length === 0) return;
    new BucketReplication(this, 'Replication', { source: bronze, sourceKey, rules });
  }

  private rulesToReplica(topics: readonly Topic[]): readonly ReplicationRule[] {
    const { replica } = this.config;
    if (replica === undefined || this.site.role !== 'primary') return [];
    const stackName = this.stackName.replace(this.site.region, replica.region);
    const output = (name: string) => Fn.getStackOutput(stackName, name, replica.region);
    // Not through an output of this stack: an output cannot be a value of another stack.
    const keyArn = Fn.getStackOutput(
      `event-bus-${this.config.name}-${replica.region}-keys`,
      dataKeyOutput,
      replica.region,
    );
    const allowed = topics.filter(({ replication }) => replication === 'in-residency');
    return [
      ...allowed.map((topic) => rule('replica', topic, { arn: output(outputs.bronze), keyArn })),
      ...allowed
        .filter((topic) => topic.archive)
        .map((topic) => rule('replica-archive', topic, { arn: output(outputs.archive), keyArn })),
    ];
  }
}

function rule(purpose: string, { name }: Topic, destination: ReplicaBucket): ReplicationRule {
  return { id: `${purpose}.${name}`, prefix: bronzePrefix(name), destination };
}
