import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyValidationStack,
  PolicyViolation,
} from 'aws-cdk-lib';
import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { BusStack } from '../bus-stack.ts';
import type { Declarations } from '../environment-stage.ts';
import type { Rule, StackUnderCheck } from './rule.ts';
import { parseTemplate, type Template } from './template.ts';

/** Runs rules on every stack of the app when it is synthesised; a finding fails the synthesis. */
export class RulePlugin implements IPolicyValidationPlugin {
  readonly name: string;
  readonly ruleIds: string[];
  private readonly rules: readonly Rule[];
  private readonly declarations: Declarations;

  constructor(name: string, rules: readonly Rule[], declarations: Declarations) {
    this.name = name;
    this.ruleIds = rules.map((rule) => rule.name);
    this.rules = rules;
    this.declarations = declarations;
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const stacks = context.stackTemplates.map((stack) => read(stack, context.appConstruct));
    const outputs = new Map(stacks.map(({ name, template }) => [name, new Set(Object.keys(template.outputs))]));
    const violations = stacks.flatMap(({ construct, path, template, templatePath }) => {
      const { config, site } = construct;
      const { declarations } = this;
      const untyped = untypedResources(construct);
      const underCheck = { path, region: site.region, config, declarations, template, untyped, outputs };
      return this.rules.flatMap((rule) => violationsOfRule(rule, underCheck, templatePath));
    });
    return { success: violations.length === 0, violations };
  }
}

function untypedResources(stack: BusStack): ReadonlySet<string> {
  const untyped = stack.node.findAll().filter((construct) => construct.constructor === CfnResource);
  return new Set(untyped.map((construct) => String(stack.resolve((construct as CfnResource).logicalId))));
}

interface ReadStack {
  readonly construct: BusStack;
  readonly name: string;
  readonly path: string;
  readonly template: Template;
  readonly templatePath: string;
}

function read({ stackConstructPath: path, templatePath }: PolicyValidationStack, app: IConstruct): ReadStack {
  const construct = path.split('/').reduce((parent, id) => parent.node.findChild(id), app);
  if (!(construct instanceof BusStack)) {
    throw new Error(`${path} is no BusStack, so its environment is unknown; let its class extend BusStack`);
  }
  return {
    construct,
    name: construct.stackName,
    path,
    template: parseTemplate(readFileSync(templatePath, 'utf8')),
    templatePath,
  };
}

function violationsOfRule(rule: Rule, stack: StackUnderCheck, templatePath: string): PolicyViolation[] {
  return rule.check(stack).map(({ resource, property, message }) => ({
    ruleName: rule.name,
    description: property === undefined ? message : `${property}: ${message}`,
    fix: rule.fix,
    severity: rule.severity ?? 'error',
    violatingResources: [
      {
        ...(resource === undefined ? { constructPath: stack.path } : { resourceLogicalId: resource }),
        templatePath,
        locations: property === undefined ? [] : [property],
      },
    ],
  }));
}
