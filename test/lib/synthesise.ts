import { App, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { addEnvironments } from '../../lib/app.ts';
import { type EnvironmentName, environments } from '../../lib/config.ts';
import type { Declarations } from '../../lib/environment-stage.ts';

// The validator judges whole environments in environments.infra.test.ts; judging each part of them again takes minutes.
process.env['CDK_VALIDATION'] = 'false';

/** An app as `cdk.json` sets it up, without bundling, so that hashes are stable and tests fast. */
export function makeTestApp(): App {
  const context = { ...cdkJson.context, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-stack-trace': true };
  return new App({ context, analyticsReporting: false });
}

/** The templates of one environment by stack name, for example `event-bus-dev-eu-central-1-network`. */
export function templatesOf(name: EnvironmentName, declarations?: Declarations): ReadonlyMap<string, Template> {
  const app = makeTestApp();
  addEnvironments(app, [environments[name]], declarations);
  const templates = new Map<string, Template>();
  for (const stage of app.node.children.filter(Stage.isStage)) {
    for (const { stackName, template } of stage.synth().stacks) templates.set(stackName, Template.fromJSON(template));
  }
  return templates;
}
