import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledgeResources } from '../checks/acknowledge-resources.ts';
import type { LakeBucket } from './lake-bucket.ts';

/** A bucket that copies go to, in this region or another one. */
export interface ReplicaBucket {
  readonly arn: string;
  /** Key of the copies; a key of its own region, so that no key leaves one. */
  readonly keyArn: string;
}

export interface ReplicationRule {
  /** Frozen name of the rule. */
  readonly id: string;
  /** Beginning of the keys that are copied. */
  readonly prefix: string;
  readonly destination: ReplicaBucket;
}

export interface BucketReplicationProps {
  readonly source: LakeBucket;
  readonly sourceKey: IKey;
  /** At least one. */
  readonly rules: readonly ReplicationRule[];
}

/** Time within which S3 promises a copy, and after which it tells of a miss. */
const minutes = 15;

/**
 * Copies new objects of a bucket to others, by the beginning of their keys, within 15 minutes. Deleting an object here
 * leaves its copies.
 */
export class BucketReplication extends Construct {
  constructor(scope: Construct, id: string, props: BucketReplicationProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('s3.amazonaws.com'),
      description: 'Copies objects of the lake to their replicas',
    });
    const statements = statementsOf(props);
    for (const statement of statements) role.addToPolicy(statement);
    acknowledgeResources(
      role,
      'Keys of objects are made as they come. The rights to read end at the prefixes that the rules name; the copies go to buckets that hold nothing else.',
      ...statements.flatMap(({ resources }) => resources).filter((resource) => resource.endsWith('*')),
    );
    props.source.resource.replicationConfiguration = {
      role: role.roleArn,
      rules: props.rules.map(ruleOf),
    };
  }
}

function ruleOf({ id, prefix, destination }: ReplicationRule, index: number): CfnBucket.ReplicationRuleProperty {
  return {
    id,
    status: 'Enabled',
    priority: index + 1,
    filter: { prefix },
    deleteMarkerReplication: { status: 'Disabled' },
    sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
    destination: {
      bucket: destination.arn,
      encryptionConfiguration: { replicaKmsKeyId: destination.keyArn },
      replicationTime: { status: 'Enabled', time: { minutes } },
      metrics: { status: 'Enabled', eventThreshold: { minutes } },
    },
  };
}

function statementsOf({ source, sourceKey, rules }: BucketReplicationProps): readonly PolicyStatement[] {
  const prefixes = [...new Set(rules.map(({ prefix }) => prefix))];
  const destinations = [...new Set(rules.map(({ destination }) => destination.arn))];
  const keys = [...new Set(rules.map(({ destination }) => destination.keyArn))];
  return [
    new PolicyStatement({
      actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
      resources: [source.bucketArn],
    }),
    new PolicyStatement({
      actions: [
        's3:GetObjectVersionForReplication',
        's3:GetObjectVersionAcl',
        's3:GetObjectVersionTagging',
        's3:GetObjectRetention',
        's3:GetObjectLegalHold',
      ],
      resources: prefixes.map((prefix) => `${source.bucketArn}/${prefix}*`),
    }),
    new PolicyStatement({
      actions: ['s3:ReplicateObject', 's3:ReplicateTags'],
      resources: destinations.map((arn) => `${arn}/*`),
    }),
    new PolicyStatement({ actions: ['kms:Decrypt'], resources: [sourceKey.keyArn] }),
    new PolicyStatement({ actions: ['kms:Encrypt', 'kms:GenerateDataKey'], resources: keys }),
  ];
}
