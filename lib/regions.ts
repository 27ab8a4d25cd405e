/** Regions that an environment may use: their three zones and the legal area that their data stays in. */

export interface RegionFacts {
  /**
   * Three availability zones with distinct subnets for the brokers. Written down, so that synthesis needs no look-up;
   * zone names are mapped per account, so an account that may not use one of them names others in its configuration.
   */
  readonly zones: readonly [string, string, string];
  /** Legal area: `eu` holds member states of the European Union only; London and Zurich are none. */
  readonly area: 'eu' | 'uk' | 'ch' | 'us' | 'ca' | 'ap' | 'sa';
}

export const regions = {
  'eu-central-1': { zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'], area: 'eu' },
  'eu-west-1': { zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'], area: 'eu' },
  'eu-west-3': { zones: ['eu-west-3a', 'eu-west-3b', 'eu-west-3c'], area: 'eu' },
  'eu-north-1': { zones: ['eu-north-1a', 'eu-north-1b', 'eu-north-1c'], area: 'eu' },
  'eu-south-1': { zones: ['eu-south-1a', 'eu-south-1b', 'eu-south-1c'], area: 'eu' },
  'eu-south-2': { zones: ['eu-south-2a', 'eu-south-2b', 'eu-south-2c'], area: 'eu' },
  'eu-west-2': { zones: ['eu-west-2a', 'eu-west-2b', 'eu-west-2c'], area: 'uk' },
  'eu-central-2': { zones: ['eu-central-2a', 'eu-central-2b', 'eu-central-2c'], area: 'ch' },
  'us-east-1': { zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'], area: 'us' },
  'us-east-2': { zones: ['us-east-2a', 'us-east-2b', 'us-east-2c'], area: 'us' },
  'us-west-2': { zones: ['us-west-2a', 'us-west-2b', 'us-west-2c'], area: 'us' },
  'ca-central-1': { zones: ['ca-central-1a', 'ca-central-1b', 'ca-central-1d'], area: 'ca' },
  'ap-northeast-1': { zones: ['ap-northeast-1a', 'ap-northeast-1c', 'ap-northeast-1d'], area: 'ap' },
  'ap-southeast-1': { zones: ['ap-southeast-1a', 'ap-southeast-1b', 'ap-southeast-1c'], area: 'ap' },
  'ap-southeast-2': { zones: ['ap-southeast-2a', 'ap-southeast-2b', 'ap-southeast-2c'], area: 'ap' },
  'sa-east-1': { zones: ['sa-east-1a', 'sa-east-1b', 'sa-east-1c'], area: 'sa' },
} as const satisfies Readonly<Record<string, RegionFacts>>;

export type Region = keyof typeof regions;

export function isRegion(name: string): name is Region {
  return Object.hasOwn(regions, name);
}
