import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentConfig, RegionConfig } from './config.ts';

export interface BusStackProps extends StackProps {
  readonly config: EnvironmentConfig;
  /** The region this instance of the stack is for. */
  readonly site: RegionConfig;
}

/** A stack of one environment in one region. */
export class BusStack extends Stack {
  readonly config: EnvironmentConfig;
  readonly site: RegionConfig;

  constructor(scope: Construct, id: string, props: BusStackProps) {
    const { config, site, ...stackProps } = props;
    super(scope, id, { env: { region: site.region }, terminationProtection: config.retainData, ...stackProps });
    this.config = config;
    this.site = site;
  }

  /** Zones are written down, so that no account has to be asked. */
  override get availabilityZones(): string[] {
    return [...this.site.zones];
  }
}
