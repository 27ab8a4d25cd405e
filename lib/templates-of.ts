import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stage } from 'aws-cdk-lib';
import cdkJson from '../cdk.json' with { type: 'json' };
import { addEnvironments } from './app.ts';
import { parseTemplate, type Template } from './checks/template.ts';
import type { EnvironmentConfig } from './config.ts';

/** The templates of an environment by stack name: synthesised without bundles, without checks, leaving nothing behind. */
export function templatesOf(config: EnvironmentConfig): ReadonlyMap<string, Template> {
  const outdir = mkdtempSync(join(tmpdir(), 'event-bus-templates-'));
  try {
    const context = {
      ...cdkJson.context,
      'aws:cdk:bundling-stacks': [],
      'aws:cdk:enable-path-metadata': true,
      'aws:cdk:disable-stack-trace': true,
    };
    const app = new App({ outdir, context, analyticsReporting: false });
    addEnvironments(app, [config]);
    const stages = app.node.children.filter(Stage.isStage);
    const stacks = stages.flatMap((stage) => stage.synth().stacks);
    return new Map(
      stacks.map(({ stackName, templateFullPath }) => [
        stackName,
        parseTemplate(readFileSync(templateFullPath, 'utf8')),
      ]),
    );
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
