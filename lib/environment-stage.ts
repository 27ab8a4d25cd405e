import { Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AvroRecordSchema } from '../src/catalogue/avro-schema.ts';
import type { Catalogue } from '../src/catalogue/model.ts';
import { type EnvironmentConfig, type RegionConfig, serves } from './config.ts';
import { addRecordStacks, type RecordStacks } from './record-stacks.ts';
import { addServiceStacks, type ServiceStacks } from './service-stacks.ts';
import { EventBusStack } from './stacks/event-bus-stack.ts';
import { KeysStack } from './stacks/keys-stack.ts';
import { LakeStack } from './stacks/lake-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { OperationalDatabaseStack } from './stacks/operational-database-stack.ts';
import { RegionLinkStack } from './stacks/region-link-stack.ts';
import { RegistryStack } from './stacks/registry-stack.ts';
import { RoutingStack } from './stacks/routing-stack.ts';

/** What the stacks are made from beside the environment: everything that the catalogue declares. */
export interface Declarations {
  readonly catalogue: Catalogue;
  /** Published versions by subject, v1 first. */
  readonly schemas: Readonly<Record<string, readonly AvroRecordSchema[]>>;
}

export interface EnvironmentStageProps extends Declarations {
  readonly config: EnvironmentConfig;
  readonly site: RegionConfig;
}

/** One environment in one region: stateful stacks first, then what can be thrown away and made anew. */
export class EnvironmentStage extends Stage {
  readonly keys: KeysStack;
  readonly network: NetworkStack;
  readonly eventBus: EventBusStack;
  readonly registry: RegistryStack;
  /** Only where copies are kept. */
  readonly regionLink?: RegionLinkStack;
  readonly operationalDatabase: OperationalDatabaseStack;
  readonly lake: LakeStack;
  /** Only where the traffic is, as are all further ones. */
  readonly services?: ServiceStacks;
  readonly routing?: RoutingStack;
  readonly records?: RecordStacks;

  constructor(scope: Construct, id: string, props: EnvironmentStageProps) {
    const { config, site, catalogue, schemas } = props;
    super(scope, id, { env: { region: site.region } });
    const base = { config, site };
    this.keys = new KeysStack(this, 'keys', base);
    this.network = new NetworkStack(this, 'network', { ...base, logsKey: this.keys.logs });
    this.eventBus = new EventBusStack(this, 'event-bus', {
      ...base,
      catalogue,
      vpc: this.network.vpc,
      access: this.network.access,
      busKey: this.keys.bus,
      logsKey: this.keys.logs,
    });
    this.registry = new RegistryStack(this, 'registry', { ...base, catalogue, schemas });
    this.operationalDatabase = new OperationalDatabaseStack(this, 'operational-database', {
      ...base,
      network: this.network,
      dataKey: this.keys.data,
      logsKey: this.keys.logs,
    });
    this.lake = new LakeStack(this, 'lake', {
      ...base,
      catalogue,
      schemas,
      dataKey: this.keys.data,
      busKey: this.keys.bus,
    });
    if (config.replica !== undefined && !serves(config, site)) {
      const { cluster } = this.eventBus;
      this.regionLink = new RegionLinkStack(this, 'region-link', {
        ...base,
        catalogue,
        cluster,
        logsKey: this.keys.logs,
      });
      // MSK refuses a Replicator while another change of its cluster is under way.
      this.regionLink.addStackDependency(this.eventBus);
    }
    if (serves(config, site)) {
      const { keys, network, eventBus, registry, operationalDatabase } = this;
      const stateful = { keys, network, eventBus, registry, operationalDatabase };
      this.services = addServiceStacks(this, { ...base, catalogue, ...stateful });
      this.routing = new RoutingStack(this, 'routing', {
        ...base,
        catalogue,
        busKey: this.keys.bus,
        logsKey: this.keys.logs,
      });
      const { routing, lake } = this;
      const given = { keys, network, eventBus, registry, operationalDatabase, routing, lake };
      this.records = addRecordStacks(this, { ...base, catalogue, schemas, ...given });
    }
  }
}
