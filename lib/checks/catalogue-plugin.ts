import type { IPolicyValidationPlugin, PolicyValidationPluginReport, PolicyViolation } from 'aws-cdk-lib';
import { checkCatalogue } from '../../src/catalogue/check.ts';
import { type EnvironmentConfig, stageName } from '../config.ts';
import type { Declarations } from '../environment-stage.ts';
import { regions } from '../regions.ts';
import { exceeded } from './capacity/capacity.ts';
import { capacityOfEnvironment } from './capacity/capacity-page.ts';

/**
 * Holds what the catalogue declares against each environment before any template is looked at: whether the declaration
 * is sound there, and whether cluster, topics and account carry the expected rate. Findings cannot be acknowledged.
 */
export class CataloguePlugin implements IPolicyValidationPlugin {
  readonly name = 'event-bus-catalogue';
  private readonly configs: readonly EnvironmentConfig[];
  private readonly declarations: Declarations;

  constructor(configs: readonly EnvironmentConfig[], declarations: Declarations) {
    this.configs = configs;
    this.declarations = declarations;
  }

  validate(): PolicyValidationPluginReport {
    const violations = this.configs.flatMap((config) => [
      ...declarationProblems(config, this.declarations),
      ...capacityProblems(config, this.declarations),
    ]);
    return { success: violations.length === 0, violations };
  }
}

function declarationProblems(config: EnvironmentConfig, { catalogue, schemas }: Declarations): PolicyViolation[] {
  const { primary, replica, cluster } = config;
  const residency =
    replica === undefined ? undefined : { home: regions[primary.region].area, replica: regions[replica.region].area };
  const problems = checkCatalogue(catalogue, { schemas, clusterMaxRetentionMs: cluster.maxRetentionMs, residency });
  return problems.map(({ path, message, fix }) => violation('catalogue', `${path}: ${message}`, { config, fix }));
}

function capacityProblems(config: EnvironmentConfig, { catalogue }: Declarations): PolicyViolation[] {
  return exceeded(capacityOfEnvironment(config, catalogue)).map(({ what, needed, limit, unit, wayOut }) => {
    const figures = `${what}: ${Math.ceil(needed)} ${unit} needed for ${config.expectedEventsPerSecond} events/s, ${limit} carried`;
    return violation('capacity', figures.replaceAll('  ', ' '), { config, fix: wayOut });
  });
}

interface Where {
  readonly config: EnvironmentConfig;
  readonly fix: string;
}

function violation(ruleName: string, description: string, { config, fix }: Where): PolicyViolation {
  const constructPath = stageName(config, config.primary);
  return { ruleName, description, fix, severity: 'fatal', violatingResources: [{ constructPath, locations: [] }] };
}
