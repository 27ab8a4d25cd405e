import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { asidePrefix, letterPrefix } from '../../src/catalogue/object-prefixes.ts';
import { failedInvocationPrefix } from '../../src/catalogue/queue-consumers.ts';
import { acknowledge, inRegulations } from '../checks/acknowledge.ts';
import type { EnvironmentConfig } from '../config.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { ageing, LakeBucket, type LakeBucketProps } from './lake-bucket.ts';

export interface LakeBucketsProps {
  readonly dataKey: IKey;
  /** How long the archive keeps what no one may delete. */
  readonly archive: EnvironmentConfig['archive'];
  /** Days that access logs are kept. */
  readonly logRetentionDays: number;
  readonly retainData: boolean;
}

type Common = Pick<LakeBucketProps, 'encryptionKey' | 'accessLogs' | 'retainData'>;

const daysPerYear = 365;
const computedAgain =
  'Everything in it is computed from the bronze bucket, whose objects are replicated, and can be again.';

/** The buckets of an environment and region, with how long each keeps what. */
export class LakeBuckets extends Construct {
  /** Records as they came: one folder a topic, day and hour. */
  readonly bronze: LakeBucket;
  /** Cleaned, without copies. */
  readonly silver: LakeBucket;
  /** What people and the warehouse ask for. */
  readonly gold: LakeBucket;
  /** Copies of the topics that must be kept for years, locked. */
  readonly archive: LakeBucket;
  /** Dead letters, failed invocations and whatever is too large for a message. */
  readonly objects: LakeBucket;
  /** Results of queries. */
  readonly queries: LakeBucket;
  readonly accessLogs: Bucket;

  constructor(scope: Construct, id: string, props: LakeBucketsProps) {
    super(scope, id);
    const { dataKey, retainData } = props;
    this.accessLogs = this.makeAccessLogs(props);
    const common: Common = { encryptionKey: dataKey, accessLogs: this.accessLogs, retainData };
    this.bronze = new LakeBucket(this, 'Bronze', {
      ...common,
      lifecycleRules: [ageing('age', { infrequentDays: 30, archiveDays: 90, expireDays: 2 * daysPerYear })],
    });
    this.silver = new LakeBucket(this, 'Silver', {
      ...common,
      lifecycleRules: [ageing('age', { infrequentDays: 30, expireDays: 2 * daysPerYear })],
      notReplicated: computedAgain,
    });
    this.gold = new LakeBucket(this, 'Gold', {
      ...common,
      lifecycleRules: [ageing('age', { infrequentDays: 90 })],
      notReplicated: computedAgain,
    });
    this.archive = this.makeArchive(common, props.archive);
    this.objects = this.makeObjects(common);
    this.queries = new LakeBucket(this, 'Queries', {
      ...common,
      lifecycleRules: [ageing('age', { expireDays: 7 })],
      notReplicated: 'Results of queries are kept for a week, and any query can be asked again.',
    });
  }

  private makeArchive(common: Common, { years, mode }: EnvironmentConfig['archive']): LakeBucket {
    const lock = Duration.days(years * daysPerYear);
    return new LakeBucket(this, 'Archive', {
      ...common,
      objectLockDefaultRetention:
        mode === 'compliance' ? ObjectLockRetention.compliance(lock) : ObjectLockRetention.governance(lock),
      // A month after the lock has ended.
      lifecycleRules: [ageing('age', { infrequentDays: 30, archiveDays: 90, expireDays: years * daysPerYear + 30 })],
      notReplicated:
        'It holds copies itself, which S3 makes from the bronze bucket here and in the second region, locked in both.',
    });
  }

  private makeObjects(common: Common): LakeBucket {
    return new LakeBucket(this, 'Objects', {
      ...common,
      lifecycleRules: [
        ageing('letters', { prefix: letterPrefix, infrequentDays: 30, expireDays: daysPerYear }),
        ageing('unreadable', { prefix: asidePrefix, expireDays: 90 }),
        ageing('invocations', { prefix: failedInvocationPrefix, expireDays: 90 }),
      ],
      notReplicated:
        'Letters name records by their place in the log of this region, and mean nothing beside another log.',
    });
  }

  private makeAccessLogs({ logRetentionDays, retainData }: LakeBucketsProps): Bucket {
    const bucket = new Bucket(this, 'AccessLogs', {
      encryption: BucketEncryption.S3_MANAGED,
      versioned: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        { ...ageing('age', { expireDays: logRetentionDays }), noncurrentVersionExpiration: Duration.days(1) },
      ],
      removalPolicy: removalPolicyOf({ retainData }),
    });
    acknowledge(
      bucket,
      'S3 delivers access logs only to buckets with the keys of S3 itself; the logs hold names of objects and callers, no records.',
      ...inRegulations('S3DefaultEncryptionKMS'),
    );
    acknowledge(
      bucket,
      'Access logs are for looking into one region, are kept as long as every other log, and log themselves nowhere.',
      ...inRegulations('S3BucketReplicationEnabled'),
      ...inRegulations('S3BucketLoggingEnabled'),
    );
    return bucket;
  }
}
