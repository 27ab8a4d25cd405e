import { Fn } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { type SnapshotCopy, Warehouse } from '../constructs/warehouse.ts';
import { dataKeyOutput } from './keys-stack.ts';
import type { NetworkStack } from './network-stack.ts';

export interface WarehouseStackProps extends BusStackProps {
  readonly network: NetworkStack;
  readonly dataKey: IKey;
  readonly logsKey: IKey;
}

/** Redshift Serverless; in an environment of two regions with copies of its snapshots in the second. */
export class WarehouseStack extends BusStack {
  readonly warehouse: Warehouse;

  constructor(scope: Construct, id: string, props: WarehouseStackProps) {
    super(scope, id, props);
    // After a failover there is no other region to copy to.
    const replica = this.site.role === 'primary' ? this.config.replica : undefined;
    this.warehouse = new Warehouse(this, 'Warehouse', {
      name: `event-bus-${this.config.name}`,
      vpc: props.network.vpc,
      access: props.network.access,
      dataKey: props.dataKey,
      logsKey: props.logsKey,
      logRetentionDays: this.config.logRetentionDays,
      retainData: this.config.retainData,
      ...this.config.warehouse,
      ...(replica === undefined ? {} : { snapshotCopy: this.copyTo(replica.region) }),
    });
  }

  /** The key of the other region, by the output of its stack: a stage knows no object of another. */
  private copyTo(region: string): SnapshotCopy {
    return { region, keyArn: Fn.getStackOutput(`event-bus-${this.config.name}-${region}-keys`, dataKeyOutput, region) };
  }
}
