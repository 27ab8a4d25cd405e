import { Duration } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type CfnBucket,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge, inRegulations } from '../checks/acknowledge.ts';
import { acknowledgeResources } from '../checks/acknowledge-resources.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { sharedValue } from './shared-value.ts';

export interface LakeBucketProps extends Pick<BucketProps, 'objectLockDefaultRetention'> {
  /** Encrypts the objects. */
  readonly encryptionKey: IKey;
  /** Bucket that the access log is written to, below the name of this one. */
  readonly accessLogs: Bucket;
  readonly lifecycleRules: readonly LifecycleRule[];
  /** Whether deleting the stack leaves the bucket. */
  readonly retainData: boolean;
  /** Why one region and one copy are enough; absent where objects are replicated. @default - they are replicated */
  readonly notReplicated?: string;
}

/** What every bucket has: versions for 30 days, and no parts of uploads that never ended. */
const housekeeping: LifecycleRule = {
  id: 'housekeeping',
  noncurrentVersionExpiration: Duration.days(30),
  abortIncompleteMultipartUploadAfter: Duration.days(7),
  expiredObjectDeleteMarker: true,
};

/**
 * A private bucket for records: encrypted with a key of ours through bucket keys, versioned, over TLS only, with an
 * access log, and with its events on the account's EventBridge.
 */
export class LakeBucket extends Bucket {
  /** The bucket's ARN, also for policies of other stacks. */
  readonly sharedArn: string;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, props: LakeBucketProps) {
    super(scope, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: props.encryptionKey,
      bucketKeyEnabled: true,
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: props.accessLogs,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      lifecycleRules: [housekeeping, ...props.lifecycleRules],
      removalPolicy: removalPolicyOf(props),
      ...(props.objectLockDefaultRetention === undefined
        ? {}
        : { objectLockEnabled: true, objectLockDefaultRetention: props.objectLockDefaultRetention }),
    });
    this.#key = props.encryptionKey;
    this.sharedArn = sharedValue(this, `${id}Arn`, this.bucketArn);
    // On the resource itself: the option of the construct would bring a function that may change every bucket.
    this.resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    if (props.notReplicated !== undefined) {
      acknowledge(this, props.notReplicated, ...inRegulations('S3BucketReplicationEnabled'));
    }
  }

  /** Lets a role do what it has to with the objects below a prefix, and with their keys. */
  allow(role: IRole, prefix: string, ...access: readonly ObjectAccess[]): void {
    const objects = `${this.sharedArn}/${prefix}*`;
    const actions = access.flatMap((kind) => accessActions[kind].objects);
    const keyActions = [...new Set(access.flatMap((kind) => accessActions[kind].key))];
    role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [objects] }));
    if (keyActions.length > 0) {
      role.addToPrincipalPolicy(new PolicyStatement({ actions: keyActions, resources: [this.#key.keyArn] }));
    }
    acknowledgeResources(role, 'Keys of objects are made as they come; the right ends at their prefix.', objects);
  }

  /** Lets a role see which objects there are. */
  allowListing(role: IRole): void {
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.sharedArn] }));
  }

  /** The resource behind the construct, for what only it offers. */
  get resource(): CfnBucket {
    return this.node.defaultChild as CfnBucket;
  }
}

export type ObjectAccess = 'read' | 'write' | 'delete';

interface AccessActions {
  readonly objects: readonly string[];
  readonly key: readonly string[];
}

/** What each access needs; a key that encrypts parts of an upload has to decrypt them when it is complete. */
const accessActions: Readonly<Record<ObjectAccess, AccessActions>> = {
  read: { objects: ['s3:GetObject'], key: ['kms:Decrypt'] },
  write: { objects: ['s3:PutObject', 's3:AbortMultipartUpload'], key: ['kms:GenerateDataKey', 'kms:Decrypt'] },
  delete: { objects: ['s3:DeleteObject'], key: [] },
};

/** Moves objects to cheaper classes, and deletes them after some days. */
export function ageing(
  id: string,
  ages: {
    readonly infrequentDays?: number;
    readonly archiveDays?: number;
    readonly expireDays?: number;
    readonly prefix?: string;
  },
): LifecycleRule {
  const { infrequentDays, archiveDays, expireDays, prefix } = ages;
  const transitions = [
    ...(infrequentDays === undefined
      ? []
      : [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(infrequentDays) }]),
    ...(archiveDays === undefined
      ? []
      : [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(archiveDays) }]),
  ];
  return {
    id,
    ...(prefix === undefined ? {} : { prefix }),
    ...(transitions.length === 0 ? {} : { transitions }),
    ...(expireDays === undefined ? {} : { expiration: Duration.days(expireDays) }),
  };
}
