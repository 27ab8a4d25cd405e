import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { SchemaRegistry } from '../constructs/schema-registry.ts';
import type { Declarations } from '../environment-stage.ts';

export interface RegistryStackProps extends BusStackProps, Declarations {}

/** Schemas of the bus, and their ids for producers that are not part of this app. */
export class RegistryStack extends BusStack {
  readonly registry: SchemaRegistry;

  constructor(scope: Construct, id: string, props: RegistryStackProps) {
    const { catalogue, schemas, ...stackProps } = props;
    super(scope, id, stackProps);
    this.registry = new SchemaRegistry(this, 'Registry', {
      registryName: `event-bus-${this.config.name}`,
      catalogue,
      schemas,
    });
    new StringParameter(this, 'SchemaIds', {
      parameterName: `/event-bus/${this.config.name}/schema-ids`,
      description: 'Ids of all schema versions, as EVENT_BUS_SCHEMA_IDS takes them',
      stringValue: this.registry.schemaIds,
      tier: ParameterTier.INTELLIGENT_TIERING,
    });
  }
}
