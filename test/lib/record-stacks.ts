import type { Template } from 'aws-cdk-lib/assertions';
import type { EnvironmentConfig } from '../../lib/config.ts';
import type { Declarations } from '../../lib/environment-stage.ts';
import { addRecordStacks } from '../../lib/record-stacks.ts';
import { LakeStack } from '../../lib/stacks/lake-stack.ts';
import { OperationalDatabaseStack } from '../../lib/stacks/operational-database-stack.ts';
import { RegistryStack } from '../../lib/stacks/registry-stack.ts';
import { RoutingStack } from '../../lib/stacks/routing-stack.ts';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { busStacks } from './bus-stacks.ts';

/** Templates of the stacks that records pass through, of the region with the traffic. */
export function recordTemplates(
  config: EnvironmentConfig,
  declared: Declarations = { catalogue, schemas },
): Readonly<Record<'processing' | 'delivery' | 'lake' | 'network' | 'eventBus' | 'keys', Template>> {
  const { stage, base, keys, network, eventBus, templateOf } = busStacks(config, declared.catalogue);
  const { logs: logsKey, data: dataKey, bus: busKey } = keys;
  const registry = new RegistryStack(stage, 'registry', { ...base, ...declared });
  const operationalDatabase = new OperationalDatabaseStack(stage, 'operational-database', {
    ...base,
    network,
    dataKey,
    logsKey,
  });
  const lake = new LakeStack(stage, 'lake', { ...base, ...declared, dataKey, busKey });
  const routing = new RoutingStack(stage, 'routing', { ...base, catalogue: declared.catalogue, busKey, logsKey });
  const given = { keys, network, eventBus, registry, operationalDatabase, routing, lake };
  const { processing, delivery } = addRecordStacks(stage, { ...base, ...declared, ...given });
  return {
    processing: templateOf(processing),
    delivery: templateOf(delivery),
    lake: templateOf(lake),
    network: templateOf(network),
    eventBus: templateOf(eventBus),
    keys: templateOf(keys),
  };
}
