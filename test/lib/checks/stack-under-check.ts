import type { Rule, StackUnderCheck } from '../../../lib/checks/rule.ts';
import { parseTemplate } from '../../../lib/checks/template.ts';
import { type EnvironmentName, environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';

/** Resources of a template by logical id, as CloudFormation writes them. */
export type Resources = Readonly<Record<string, { readonly Type: string; readonly [section: string]: unknown }>>;

/** A stack with these resources, those named `Untyped…` written by the library without a type, in the primary region of an environment. */
export function stackWith(resources: Resources, environment: EnvironmentName = 'prod'): StackUnderCheck {
  const config = environments[environment];
  return {
    path: `event-bus-${environment}/fixture`,
    region: config.primary.region,
    config,
    declarations: { catalogue, schemas },
    template: parseTemplate(JSON.stringify({ Resources: resources })),
    untyped: new Set(Object.keys(resources).filter((id) => id.startsWith('Untyped'))),
    outputs: new Map([['keys', new Set(['BusArn'])]]),
  };
}

/** What the rule finds, one line each: resource, property, message. */
export function findings(rule: Rule, resources: Resources, environment: EnvironmentName = 'prod'): readonly string[] {
  return rule
    .check(stackWith(resources, environment))
    .map(({ resource, property, message }) =>
      [resource, property, message].filter((part) => part !== undefined).join(' '),
    );
}
