import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import type { LakeBucket } from '../constructs/lake-bucket.ts';
import type { Warehouse } from '../constructs/warehouse.ts';
import { WarehouseLoading } from '../constructs/warehouse-loading.ts';

export interface LoadingStackProps extends BusStackProps {
  readonly warehouse: Warehouse;
  /** Bucket of what the warehouse loads. */
  readonly gold: LakeBucket;
  readonly busKey: IKey;
  readonly logsKey: IKey;
}

/** How the lake comes into the warehouse. */
export class LoadingStack extends BusStack {
  readonly loading: WarehouseLoading;

  constructor(scope: Construct, id: string, props: LoadingStackProps) {
    super(scope, id, props);
    const { logRetentionDays, retainData } = this.config;
    const { warehouse, gold: source, busKey, logsKey } = props;
    this.loading = new WarehouseLoading(this, 'Loading', {
      warehouse,
      source,
      busKey,
      logsKey,
      logRetentionDays,
      retainData,
    });
  }
}
