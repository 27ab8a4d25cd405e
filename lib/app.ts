import { type App, Tags, Validations } from 'aws-cdk-lib';
import { catalogue } from '../src/catalogue/catalogue.ts';
import { schemas } from '../src/catalogue/schemas.generated.ts';
import { addChecks } from './checks/add-checks.ts';
import { acknowledgeForWholeStage } from './checks/stage-acknowledgements.ts';
import { type EnvironmentConfig, stageName } from './config.ts';
import { type Declarations, EnvironmentStage } from './environment-stage.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';

/** What this repository declares. */
const ours: Declarations = { catalogue, schemas };

/** Adds one stage an environment and region to the app, named `event-bus-<environment>-<region>`. */
export function addEnvironments(app: App, configs: readonly EnvironmentConfig[], declarations = ours): void {
  for (const config of configs) {
    for (const site of config.replica === undefined ? [config.primary] : [config.primary, config.replica]) {
      const stage = new EnvironmentStage(app, stageName(config, site), { ...declarations, config, site });
      // Last: it watches whatever stands in the stage.
      new ObservabilityStack(stage, 'observability', {
        config,
        site,
        catalogue: declarations.catalogue,
        busKey: stage.keys.bus,
      });
      Tags.of(stage).add('event-bus:environment', config.name);
      acknowledgeForWholeStage(stage);
    }
  }
  Tags.of(app).add('event-bus:system', 'event-bus');
  addChecks(app, configs, declarations);
  Validations.of(app).acknowledge({
    id: 'CloudFormation-Validate::W3010',
    reason: 'Zones are written down so that synthesis asks no account; lib/regions.ts says how to choose others',
  });
}
