import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { ValkeyCache } from '../constructs/valkey-cache.ts';
import type { NetworkStack } from './network-stack.ts';

export interface CacheStackProps extends BusStackProps {
  readonly network: NetworkStack;
  readonly dataKey: IKey;
}

/**
 * The cache that realtime gateways share. It holds what can be made again: deleting the stack deletes it everywhere, and
 * snapshots only shorten the way back to sessions that browsers could resume.
 */
export class CacheStack extends BusStack {
  readonly cache: ValkeyCache;

  constructor(scope: Construct, id: string, props: CacheStackProps) {
    super(scope, id, props);
    this.cache = new ValkeyCache(this, 'Cache', {
      name: `event-bus-${this.config.name}`,
      vpc: props.network.vpc,
      securityGroup: props.network.access.cache,
      encryptionKey: props.dataKey,
      ...(this.config.retainData
        ? { maxStorageGb: 50, maxUnitsPerSecond: 100_000, snapshotDays: 7 }
        : { maxStorageGb: 2, maxUnitsPerSecond: 5_000, snapshotDays: 1 }),
    });
  }
}
