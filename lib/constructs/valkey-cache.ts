import { Duration, Stack } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { sharedValue } from './shared-value.ts';

export interface ValkeyCacheProps {
  /** Name of the cache and prefix of its user: lower case, at most 30 characters. */
  readonly name: string;
  readonly vpc: IVpc;
  /** Group of the cache; its clients' group has to reach both ports, 6379 and 6380. */
  readonly securityGroup: ISecurityGroup;
  readonly encryptionKey: IKey;
  /** Largest amount of data, GB. */
  readonly maxStorageGb: number;
  /** Largest number of ElastiCache processing units a second. */
  readonly maxUnitsPerSecond: number;
  /** Days that daily snapshots are kept; 0 takes none. */
  readonly snapshotDays: number;
}

/**
 * A serverless Valkey cache: always TLS and in cluster mode, spread over three zones. Its one user signs in with IAM;
 * there is no password and no default user.
 */
export class ValkeyCache extends Construct {
  /** `host:6379`; what only reads may use port 6380 of the same host. */
  readonly endpoint: string;
  readonly userName: string;
  /** Name of the cache, which tokens of IAM are for. */
  readonly cacheName: string;
  readonly #cacheArn: string;
  readonly #userArn: string;
  readonly #name: string;

  constructor(scope: Construct, id: string, props: ValkeyCacheProps) {
    super(scope, id);
    this.#name = props.name;
    this.cacheName = props.name;
    this.userName = `${props.name}-realtime`;
    const user = new CfnUser(this, 'User', {
      engine: 'valkey',
      // With IAM the id and the name must be the same.
      userId: this.userName,
      userName: this.userName,
      authenticationMode: { Type: 'iam' },
      accessString: 'on ~* &* +@all -@admin -@dangerous +info',
    });
    const group = new CfnUserGroup(this, 'Users', {
      engine: 'valkey',
      userGroupId: `${props.name}-users`,
      userIds: [user.userId],
    });
    group.addResourceDependency(user);
    const cache = this.addCache(props, group);
    cache.addResourceDependency(group);
    this.#cacheArn = cache.attrArn;
    this.#userArn = user.attrArn;
    this.endpoint = sharedValue(this, 'CacheEndpoint', `${cache.attrEndpointAddress}:${cache.attrEndpointPort}`);
  }

  /** Lets a program sign in as the user of the cache. */
  grantConnect(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['elasticache:Connect'],
      resourceArns: [this.#cacheArn, this.#userArn],
    });
  }

  /** Bytes kept, to be held against the largest amount. */
  metricStoredBytes(): IMetric {
    return this.metric('BytesUsedForCache', 'Maximum');
  }

  /** Commands that waited or failed because a limit was reached. */
  metricThrottled(): IMetric {
    return this.metric('ThrottledCmds', 'Sum');
  }

  metricConnections(): IMetric {
    return this.metric('CurrConnections', 'Maximum');
  }

  private addCache(props: ValkeyCacheProps, group: CfnUserGroup): CfnServerlessCache {
    return new CfnServerlessCache(this, 'Cache', {
      engine: 'valkey',
      majorEngineVersion: '8',
      serverlessCacheName: props.name,
      description: 'Rooms, sessions and messages between realtime gateways',
      cacheUsageLimits: {
        dataStorage: { maximum: props.maxStorageGb, unit: 'GB' },
        ecpuPerSecond: { maximum: props.maxUnitsPerSecond },
      },
      kmsKeyId: props.encryptionKey.keyArn,
      securityGroupIds: [props.securityGroup.securityGroupId],
      subnetIds: props.vpc.selectSubnets({ subnetGroupName: 'isolated' }).subnetIds,
      userGroupId: group.ref,
      ...(props.snapshotDays === 0 ? {} : { snapshotRetentionLimit: props.snapshotDays, dailySnapshotTime: '03:00' }),
    });
  }

  private metric(metricName: string, statistic: string): IMetric {
    return new Metric({
      namespace: 'AWS/ElastiCache',
      metricName,
      dimensionsMap: { clusterId: this.#name },
      statistic,
      period: Duration.minutes(1),
      region: Stack.of(this).region,
    });
  }
}
