import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stage } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json' with { type: 'json' };
import { addEnvironments } from '../../lib/app.ts';
import { parseTemplate, type Template } from '../../lib/checks/template.ts';
import { type EnvironmentConfig, type EnvironmentName, environments } from '../../lib/config.ts';

/** A finding of the validation report: which plug-in, which rule, where. */
export interface ReportedFinding {
  readonly plugin: string;
  readonly rule: string;
  readonly severity: string;
  readonly description: string;
  readonly constructs: readonly string[];
}

export interface Assembly {
  readonly app: App;
  /** Templates by stack name. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly findings: readonly ReportedFinding[];
  /** Findings that an acknowledgement silenced, as far as the framework and not a pack does it. */
  readonly silenced: readonly ReportedFinding[];
  /** What synthesis would have to ask an account for. */
  readonly missing: readonly unknown[];
  readonly seconds: number;
}

/**
 * Synthesises environments with every check, as the command line does it, but without bundling and into `outdir`.
 * Findings are returned, not thrown.
 */
export function synthesise(outdir: string, ...configs: readonly EnvironmentConfig[]): Assembly {
  const started = performance.now();
  const context = {
    ...cdkJson.context,
    'aws:cdk:bundling-stacks': [],
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:disable-stack-trace': true,
    '@aws-cdk/core:failSynthOnValidationErrors': false,
  };
  const app = new App({ outdir, context, analyticsReporting: false });
  addEnvironments(app, configs);
  const { manifest } = app.synth();
  const report: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  return {
    app,
    templates: new Map(app.node.children.filter(Stage.isStage).flatMap(templatesOf)),
    findings: report.pluginReports.flatMap(({ pluginName, violations }) => violations.map(found(pluginName))),
    silenced: report.pluginReports.flatMap(({ pluginName, suppressedViolations = [] }) =>
      suppressedViolations.map(found(pluginName)),
    ),
    missing: manifest.missing ?? [],
    seconds: (performance.now() - started) / 1_000,
  };
}

/** Every environment by name. */
export const environmentNames = Object.keys(environments) as readonly EnvironmentName[];

interface Violation {
  readonly ruleName: string;
  readonly severity: string;
  readonly description: string;
  readonly violatingConstructs: readonly { readonly constructPath?: string }[];
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly Violation[];
    readonly suppressedViolations?: readonly Violation[];
  }[];
}

const found =
  (plugin: string) =>
  (violation: Violation): ReportedFinding => ({
    plugin,
    rule: violation.ruleName,
    severity: violation.severity,
    description: violation.description,
    constructs: violation.violatingConstructs.map(({ constructPath }) => constructPath ?? 'app'),
  });

function templatesOf(stage: Stage): readonly (readonly [string, Template])[] {
  return stage
    .synth()
    .stacks.map(({ stackName, templateFullPath }) => [
      stackName,
      parseTemplate(readFileSync(templateFullPath, 'utf8')),
    ]);
}
