import { type EnvironmentConfig, environments, inRegion } from './config.ts';
import { isRegion, regions } from './regions.ts';

/** Context values of a synthesis; all are text when they are given. */
export interface Choice {
  /** Name of an environment; absent: all. */
  readonly environment: unknown;
  /** Region that replaces the environment's primary; only together with an environment. */
  readonly region: unknown;
  /** `replica` after a failover; only together with an environment of two regions. @default primary */
  readonly serving?: unknown;
}

/**
 * The environments that a synthesis is asked for.
 * @throws {Error} when a name is unknown, with the names that exist.
 */
export function chosenEnvironments({ environment, region, serving }: Choice): readonly EnvironmentConfig[] {
  const all: readonly EnvironmentConfig[] = Object.values(environments);
  if (environment === undefined) {
    if (region !== undefined) throw new Error('-c region needs -c environment: one environment is moved, not all');
    if (serving !== undefined) throw new Error('-c serving needs -c environment: one environment fails over, not all');
    return all;
  }
  const config = all.find(({ name }) => name === environment);
  if (config === undefined) {
    throw new Error(
      `unknown environment ${JSON.stringify(environment)}; lib/config.ts has ${all.map(({ name }) => name).join(', ')}`,
    );
  }
  if (serving !== undefined) return [servedBy(config, serving)];
  if (region === undefined) return [config];
  if (typeof region !== 'string' || !isRegion(region)) {
    throw new Error(
      `unknown region ${JSON.stringify(region)}; lib/regions.ts has ${Object.keys(regions).join(', ')}; add it there with three zones`,
    );
  }
  return [inRegion(config, region)];
}

function servedBy(config: EnvironmentConfig, serving: unknown): EnvironmentConfig {
  if (serving !== 'primary' && serving !== 'replica') {
    throw new Error(`unknown role ${JSON.stringify(serving)} for -c serving; allowed are primary and replica`);
  }
  if (config.replica === undefined && serving === 'replica') {
    throw new Error(`${config.name} has no second region that could serve; only environments with a replica fail over`);
  }
  return { ...config, serving };
}
