import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { EventRouter } from '../constructs/event-router.ts';

export interface RoutingStackProps extends BusStackProps {
  readonly catalogue: Catalogue;
  readonly busKey: IKey;
  readonly logsKey: IKey;
}

/** EventBridge: alerts, domain events and notices, on their way to people and other systems. */
export class RoutingStack extends BusStack {
  readonly router: EventRouter;

  constructor(scope: Construct, id: string, props: RoutingStackProps) {
    super(scope, id, props);
    this.router = new EventRouter(this, 'Router', {
      catalogue: props.catalogue,
      key: props.busKey,
      logsKey: props.logsKey,
      logRetentionDays: this.config.logRetentionDays,
      retainData: this.config.retainData,
    });
  }
}
