import { type App, Validations } from 'aws-cdk-lib';
import {
  AwsSolutionsChecks,
  HIPAASecurityChecks,
  type NagPack,
  NIST80053R5Checks,
  PCIDSS321Checks,
  ServerlessChecks,
} from 'cdk-nag';
import type { EnvironmentConfig } from '../config.ts';
import type { Declarations } from '../environment-stage.ts';
import { CataloguePlugin } from './catalogue-plugin.ts';
import { QuietPack } from './quiet-pack.ts';
import { residencyRules } from './residency/rules.ts';
import { RulePlugin } from './rule-plugin.ts';
import { rules } from './rules.ts';

/**
 * Adds everything that judges the app at every synthesis, beside the CloudFormation validator, which `cdk.json` turns
 * on: the public rule packs and the rules of this folder. A finding without an acknowledgement fails the synthesis.
 */
export function addChecks(app: App, configs: readonly EnvironmentConfig[], declarations: Declarations): void {
  Validations.of(app).addPlugins(
    ...publicPacks(app).map((pack) => new QuietPack(pack)),
    new CataloguePlugin(configs, declarations),
    new RulePlugin('event-bus', [...rules, ...residencyRules], declarations),
  );
}

/** What security reviewers know by name. */
export function publicPacks(app: App): readonly NagPack[] {
  return [
    new AwsSolutionsChecks(app),
    new NIST80053R5Checks(app),
    new HIPAASecurityChecks(app),
    new PCIDSS321Checks(app),
    new ServerlessChecks(app),
  ];
}
