import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyValidationStack,
  PolicyViolation,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { BusStack } from '../bus-stack.ts';
import type { Declarations } from '../environment-stage.ts';
import type { Rule, StackUnderCheck } from './rule.ts';
import { parseTemplate } from './template.ts';

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
    const violations = context.stackTemplates.flatMap((stack) => this.violationsOf(stack, context.appConstruct));
    return { success: violations.length === 0, violations };
  }

  private violationsOf(stack: PolicyValidationStack, app: IConstruct): PolicyViolation[] {
    const path = stack.stackConstructPath;
    const construct = path.split('/').reduce((parent, id) => parent.node.findChild(id), app);
    if (!(construct instanceof BusStack)) {
      throw new Error(`${path} is no BusStack, so its environment is unknown; let its class extend BusStack`);
    }
    const underCheck: StackUnderCheck = {
      path,
      region: construct.site.region,
      config: construct.config,
      declarations: this.declarations,
      template: parseTemplate(readFileSync(stack.templatePath, 'utf8')),
    };
    return this.rules.flatMap((rule) => violationsOfRule(rule, underCheck, stack.templatePath));
  }
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
