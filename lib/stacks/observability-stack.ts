import type { Stage } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { AlarmSet } from '../constructs/alarm-set.ts';
import { EventBusCluster } from '../constructs/event-bus-cluster.ts';
import { watchClusters } from '../observability/cluster-alarms.ts';
import { watchConsumers } from '../observability/consumer-alarms.ts';
import { addDashboard } from '../observability/dashboard.ts';
import { watchEntrances } from '../observability/entrance-alarms.ts';
import { findAll } from '../observability/find-all.ts';
import { watchQueues } from '../observability/queue-alarms.ts';
import { watchStores } from '../observability/store-alarms.ts';

export interface ObservabilityStackProps extends BusStackProps {
  readonly catalogue: Catalogue;
  readonly busKey: IKey;
}

/**
 * Alarms and one dashboard over everything else in the stage. They follow from the constructs that stand there, so this
 * stack is added last, and nothing has to be done for one more consumer, queue or gateway.
 */
export class ObservabilityStack extends BusStack {
  readonly alarms: AlarmSet;

  constructor(stage: Stage, id: string, props: ObservabilityStackProps) {
    super(stage, id, props);
    const { config, site } = this;
    this.alarms = new AlarmSet(this, 'Alarms', { encryptionKey: props.busKey });
    watchClusters(this.alarms, stage, config);
    for (const { clusterName } of findAll(stage, EventBusCluster)) {
      watchConsumers(this.alarms, stage, { clusterName, catalogue: props.catalogue, config });
    }
    watchQueues(this.alarms, stage);
    watchEntrances(this.alarms, stage, config);
    watchStores(this.alarms, stage, { config, site });
    addDashboard(this, { watched: stage, config, alarms: this.alarms });
  }
}
