import { allowedActions, type IdentityPolicy, policiesOf } from '../identity-policies.ts';
import { at, list, record, resourcesOf, type Template, type TemplateResource } from '../template.ts';
import { Readable, shortPath, type Templates } from './references.ts';

/** One statement of a role's policies, for people. */
export interface Right {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: readonly string[];
}

export interface RoleRights {
  /** Path of its construct below the stage. */
  readonly role: string;
  /** Who may take the role, with the conditions. */
  readonly usedBy: string;
  readonly rights: readonly Right[];
}

/** Every role of a stack with everything that its policies say, in the order of their names. */
export function roleRights(templates: Templates, stack: string): readonly RoleRights[] {
  const template = templates.get(stack);
  if (template === undefined) return [];
  const readable = new Readable(templates, stack);
  return resourcesOf(template, 'AWS::IAM::Role')
    .map((role) => rightsOf(role, template, readable))
    .sort((one, other) => one.role.localeCompare(other.role));
}

function rightsOf(role: TemplateResource, template: Template, readable: Readable): RoleRights {
  const managed = list(role.properties['ManagedPolicyArns']).map((arn) => readable.text(arn));
  const attached = managed.map((arn) => ({
    effect: 'Allow',
    actions: [`managed policy ${nameOf(arn)}`],
    resources: [],
    conditions: [],
  }));
  const stated = policiesOf(template, role.id).flatMap((policy) => statementsOf(policy, readable));
  return {
    role: shortPath(role.path) || role.id,
    usedBy: trusted(role, readable),
    rights: [...attached, ...stated],
  };
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function trusted({ properties }: TemplateResource, readable: Readable): string {
  const statements = list(at(properties, 'AssumeRolePolicyDocument', 'Statement'));
  return statements
    .map((statement) => {
      const principals = Object.values(record(at(statement, 'Principal'))).flatMap(list);
      const names = principals.map((principal) => readable.text(principal)).join(', ');
      const conditions = conditionsOf(at(statement, 'Condition'), readable);
      return conditions.length === 0 ? names : `${names} (${conditions.join(', ')})`;
    })
    .join('; ');
}

function statementsOf(policy: IdentityPolicy, readable: Readable): readonly Right[] {
  return policy.statements.map((statement) => ({
    effect: readable.text(at(statement, 'Effect')),
    actions: allowedActions({ ...policy, statements: [{ Effect: 'Allow', Action: at(statement, 'Action') }] }),
    resources: list(at(statement, 'Resource')).map((resource) => readable.text(resource)),
    conditions: conditionsOf(at(statement, 'Condition'), readable),
  }));
}

function conditionsOf(condition: unknown, readable: Readable): readonly string[] {
  return Object.entries(record(condition)).flatMap(([operator, keys]) =>
    Object.entries(record(keys)).map(
      ([key, values]) =>
        `${key} ${operator} ${list(values)
          .map((value) => readable.text(value))
          .join(' or ')}`,
    ),
  );
}
