import { CfnDynamicReference, CfnDynamicReferenceService, Fn } from 'aws-cdk-lib';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { type SchemaIdSource, SchemaRegistry } from '../constructs/schema-registry.ts';
import { sharedValue } from '../constructs/shared-value.ts';
import type { Declarations } from '../environment-stage.ts';

export interface RegistryStackProps extends BusStackProps, Declarations {}

/** Name of the output with the ids of all versions; frozen, the other region reads it. */
const idsOutput = 'SchemaIdText';

/**
 * Schemas of the bus, and their ids for producers that are not part of this app. An environment has one registry, in
 * its primary region. Records keep their ids when they are copied, so the other region keeps a copy of the ids, which
 * is there when the primary region is not.
 */
export class RegistryStack extends BusStack {
  readonly registry: SchemaIdSource;
  private readonly parameterName: string;

  constructor(scope: Construct, id: string, props: RegistryStackProps) {
    const { catalogue, schemas, ...stackProps } = props;
    super(scope, id, stackProps);
    this.parameterName = `/event-bus/${this.config.name}/schema-ids`;
    this.registry = this.site.role === 'primary' ? this.addRegistry({ catalogue, schemas }) : this.addCopy();
  }

  private addRegistry(declarations: Declarations): SchemaIdSource {
    const registryName = `event-bus-${this.config.name}`;
    const registry = new SchemaRegistry(this, 'Registry', { registryName, ...declarations });
    this.addParameter(registry.schemaIds);
    sharedValue(this, idsOutput, registry.schemaIds);
    return registry;
  }

  private addCopy(): SchemaIdSource {
    const { name, primary } = this.config;
    this.addParameter(Fn.getStackOutput(`event-bus-${name}-${primary.region}-registry`, idsOutput, primary.region));
    return {
      schemaIdsOf: () => new CfnDynamicReference(CfnDynamicReferenceService.SSM, this.parameterName).toString(),
    };
  }

  private addParameter(stringValue: string): void {
    new StringParameter(this, 'SchemaIds', {
      parameterName: this.parameterName,
      description: 'Ids of all schema versions, as EVENT_BUS_SCHEMA_IDS takes them',
      stringValue,
      tier: ParameterTier.INTELLIGENT_TIERING,
    });
  }
}
