import type { Stage } from 'aws-cdk-lib';
import type { Catalogue } from '../src/catalogue/model.ts';
import type { BusStackProps } from './bus-stack.ts';
import { ApiStack } from './stacks/api-stack.ts';
import { CacheStack } from './stacks/cache-stack.ts';
import { ConsoleStack } from './stacks/console-stack.ts';
import type { EventBusStack } from './stacks/event-bus-stack.ts';
import { IngestStack } from './stacks/ingest-stack.ts';
import type { KeysStack } from './stacks/keys-stack.ts';
import type { NetworkStack } from './stacks/network-stack.ts';
import type { OperationalDatabaseStack } from './stacks/operational-database-stack.ts';
import { RealtimeStack } from './stacks/realtime-stack.ts';
import type { RegistryStack } from './stacks/registry-stack.ts';

/** What the outside speaks to: devices, browsers, operators, callers of the API. */
export interface ServiceStacks {
  readonly ingest: IngestStack;
  readonly cache: CacheStack;
  readonly realtime: RealtimeStack;
  readonly console: ConsoleStack;
  readonly api: ApiStack;
}

export interface ServiceStacksProps extends BusStackProps {
  readonly catalogue: Catalogue;
  readonly keys: KeysStack;
  readonly network: NetworkStack;
  readonly eventBus: EventBusStack;
  readonly registry: RegistryStack;
  readonly operationalDatabase: OperationalDatabaseStack;
}

/** Adds the services of an environment to its stage; only the region with the traffic has them. */
export function addServiceStacks(stage: Stage, props: ServiceStacksProps): ServiceStacks {
  const { config, site, catalogue, keys, network, eventBus, registry, operationalDatabase } = props;
  const base = { config, site, network, logsKey: keys.logs };
  const { cluster } = eventBus;
  const ingest = new IngestStack(stage, 'ingest', {
    ...base,
    catalogue,
    cluster,
    registry: registry.registry,
    busKey: keys.bus,
  });
  // The rules sign in as the user of the cluster's access rules, and write to its topics.
  ingest.addStackDependency(eventBus);
  const cache = new CacheStack(stage, 'cache', { config, site, network, dataKey: keys.data });
  const realtime = new RealtimeStack(stage, 'realtime', {
    ...base,
    cluster,
    registry: registry.registry,
    database: operationalDatabase.database,
    cache: cache.cache,
  });
  const console = new ConsoleStack(stage, 'console', { ...base, cluster });
  const api = new ApiStack(stage, 'api', {
    ...base,
    cluster,
    registry: registry.registry,
    database: operationalDatabase.database,
  });
  // Its functions find their tables migrated.
  api.addStackDependency(operationalDatabase);
  return { ingest, cache, realtime, console, api };
}
