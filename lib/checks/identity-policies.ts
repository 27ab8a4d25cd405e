import { at, list, type Template, target, text } from './template.ts';

/** A policy of a role: its own inline ones under the role's id, or a policy resource attached to it. */
export interface IdentityPolicy {
  readonly id: string;
  readonly statements: readonly unknown[];
}

/** Policies of the role with that logical id, as far as they stand in the template. */
export function policiesOf(template: Template, roleId: string): readonly IdentityPolicy[] {
  return template.resources.flatMap(({ id, type, properties }) => {
    if (id === roleId) {
      const documents = list(properties['Policies']).map((policy) => at(policy, 'PolicyDocument'));
      return documents.map((document) => ({ id, statements: list(at(document, 'Statement')) }));
    }
    if (type !== 'AWS::IAM::Policy' && type !== 'AWS::IAM::ManagedPolicy') return [];
    if (!list(properties['Roles']).some((role) => target(role) === roleId)) return [];
    return [{ id, statements: list(at(properties, 'PolicyDocument', 'Statement')) }];
  });
}

export function allowedActions({ statements }: IdentityPolicy): readonly string[] {
  return statements
    .filter((statement) => at(statement, 'Effect') === 'Allow')
    .flatMap((statement) => list(at(statement, 'Action')).flatMap((action) => text(action) ?? []));
}

/** Whether one of the actions, which may end in `*`, allows this one. */
export function covers(actions: readonly string[], wanted: string): boolean {
  return actions.some((action) => (action.endsWith('*') ? wanted.startsWith(action.slice(0, -1)) : action === wanted));
}
