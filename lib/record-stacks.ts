import type { Stage } from 'aws-cdk-lib';
import type { BusStackProps } from './bus-stack.ts';
import type { Declarations } from './environment-stage.ts';
import { DeliveryStack } from './stacks/delivery-stack.ts';
import type { EventBusStack } from './stacks/event-bus-stack.ts';
import type { KeysStack } from './stacks/keys-stack.ts';
import type { LakeStack } from './stacks/lake-stack.ts';
import { LoadingStack } from './stacks/loading-stack.ts';
import type { NetworkStack } from './stacks/network-stack.ts';
import type { OperationalDatabaseStack } from './stacks/operational-database-stack.ts';
import { ProcessingStack } from './stacks/processing-stack.ts';
import type { RegistryStack } from './stacks/registry-stack.ts';
import type { RoutingStack } from './stacks/routing-stack.ts';
import { WarehouseStack } from './stacks/warehouse-stack.ts';

/** What is done with records: the functions that read them, their way to the lake, and from there to the warehouse. */
export interface RecordStacks {
  readonly processing: ProcessingStack;
  readonly delivery: DeliveryStack;
  readonly warehouse: WarehouseStack;
  readonly loading: LoadingStack;
}

export interface RecordStacksProps extends BusStackProps, Declarations {
  readonly keys: KeysStack;
  readonly network: NetworkStack;
  readonly eventBus: EventBusStack;
  readonly registry: RegistryStack;
  readonly operationalDatabase: OperationalDatabaseStack;
  readonly routing: RoutingStack;
  readonly lake: LakeStack;
}

/** Adds the readers of the topics to a stage; only the region with the traffic has them. */
export function addRecordStacks(stage: Stage, props: RecordStacksProps): RecordStacks {
  const { config, site, catalogue, keys, network, eventBus, lake } = props;
  const registry = props.registry.registry;
  const common = { config, site, catalogue, cluster: eventBus.cluster, registry, lake, logsKey: keys.logs };
  const processing = new ProcessingStack(stage, 'processing', {
    ...common,
    network,
    database: props.operationalDatabase.database,
    router: props.routing.router,
    busKey: keys.bus,
  });
  const delivery = new DeliveryStack(stage, 'delivery', { ...common, dataKey: keys.data });
  // Mappings and streams look for their topics when they are made; functions find their tables migrated.
  processing.addStackDependency(eventBus);
  processing.addStackDependency(props.operationalDatabase);
  delivery.addStackDependency(eventBus);
  delivery.addStackDependency(lake);
  const warehouse = new WarehouseStack(stage, 'warehouse', {
    config,
    site,
    network,
    dataKey: keys.data,
    logsKey: keys.logs,
  });
  const loading = new LoadingStack(stage, 'loading', {
    config,
    site,
    warehouse: warehouse.warehouse,
    gold: lake.buckets.gold,
    busKey: keys.bus,
    logsKey: keys.logs,
  });
  // The role that the loader copies with is allowed to read the lake in the warehouse's own stack.
  warehouse.addStackDependency(lake);
  loading.addStackDependency(warehouse);
  return { processing, delivery, warehouse, loading };
}
