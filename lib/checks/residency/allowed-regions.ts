import type { EnvironmentConfig } from '../../config.ts';
import { isRegion, regions } from '../../regions.ts';

/** Whether data of the environment may lie in that region; without a demanded area it may lie anywhere. */
export function mayHoldData(config: EnvironmentConfig, region: string): boolean {
  return config.residency === undefined || (isRegion(region) && regions[region].area === config.residency);
}

/** Regions that the environment's area has, for messages. */
export function allowedRegions({ residency }: EnvironmentConfig): string {
  const allowed = Object.entries(regions).filter(([, { area }]) => area === residency);
  return allowed.map(([name]) => name).join(', ');
}

/** A region with what it belongs to, for messages: `eu-west-2 (uk)`. */
export function placed(region: string): string {
  return `${region} (${isRegion(region) ? regions[region].area : 'not in lib/regions.ts'})`;
}
