import { Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { EnvironmentConfig, RegionConfig } from '../../lib/config.ts';
import { EventBusStack } from '../../lib/stacks/event-bus-stack.ts';
import { KeysStack } from '../../lib/stacks/keys-stack.ts';
import { NetworkStack } from '../../lib/stacks/network-stack.ts';
import { catalogue as ours } from '../../src/catalogue/catalogue.ts';
import type { Catalogue } from '../../src/catalogue/model.ts';
import { makeTestApp } from './synthesise.ts';

/** Keys, network and event bus of one region of an environment: what the stacks of the bus stand on. */
export function busStacks(config: EnvironmentConfig, catalogue: Catalogue = ours, site: RegionConfig = config.primary) {
  const stage = new Stage(makeTestApp(), `event-bus-${config.name}-${site.region}`, { env: { region: site.region } });
  const base = { config, site };
  const keys = new KeysStack(stage, 'keys', base);
  const network = new NetworkStack(stage, 'network', { ...base, logsKey: keys.logs });
  const eventBus = new EventBusStack(stage, 'event-bus', {
    ...base,
    catalogue,
    vpc: network.vpc,
    access: network.access,
    busKey: keys.bus,
    logsKey: keys.logs,
  });
  const templateOf = (stack: { readonly stackName: string }) => {
    const found = stage.synth().stacks.find(({ stackName }) => stackName === stack.stackName);
    return Template.fromJSON(found?.template);
  };
  return { stage, base, keys, network, eventBus, templateOf };
}
