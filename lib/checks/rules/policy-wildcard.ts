import type { Finding, Rule } from '../rule.ts';
import { at, list, record, rendered, type TemplateResource } from '../template.ts';

/** Policies of identities: the rule AwsSolutions-IAM5 asks for the reason of every wildcard in them. */
const identityPolicies = [
  'AWS::IAM::Policy',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Role',
  'AWS::IAM::User',
  'AWS::IAM::Group',
];

/** In these a resource of `*` means the one resource that the policy belongs to. */
const ownPolicies = ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey', 'AWS::SecretsManager::ResourcePolicy'];

/** Objects of a bucket of the same template: every object has the bucket's policy. */
const ownObjects = /^\$\{\w+\.Arn\}\//;

/** Variants of one operation that KMS itself groups by name. */
const keyOperations = ['kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*', 'kms:DescribeKey*'];

/**
 * Resource policies decide who may come in from outside of the account's roles. A wildcard in one of them needs a
 * written reason, as `AwsSolutions-IAM5` demands it for the policies of roles; here that holds for the roles too that the
 * library makes without a type, which no pack sees.
 */
export const policyWildcard: Rule = {
  name: 'policy-wildcard',
  fix: 'Name the principals, actions and resources, or acknowledge event-bus::policy-wildcard on the construct with a reason.',
  check: ({ template, untyped }) =>
    template.resources.flatMap((resource) => problemsOf(resource, untyped.has(resource.id))),
};

function problemsOf({ id, type, properties }: TemplateResource, untyped: boolean): readonly Finding[] {
  const judgedByPack = identityPolicies.includes(type) && !untyped;
  const root = judgedByPack ? { AssumeRolePolicyDocument: properties['AssumeRolePolicyDocument'] } : properties;
  return statementsIn(root, 'Properties').flatMap(({ path, statement }) =>
    wildcardsOf(statement, type).map((message) => ({ resource: id, property: path, message })),
  );
}

interface Located {
  readonly path: string;
  readonly statement: Readonly<Record<string, unknown>>;
}

/** Every allowing policy statement somewhere inside a value. */
function statementsIn(value: unknown, path: string): readonly Located[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, child]) => statementsIn(child, `${path}.${key}`));
  const statement = record(value);
  const allows = statement['Effect'] === 'Allow' && (statement['Action'] ?? statement['NotAction']) !== undefined;
  return allows ? [{ path, statement }, ...inner] : inner;
}

function wildcardsOf(statement: Readonly<Record<string, unknown>>, type: string): readonly string[] {
  const found: string[] = [];
  const principal = statement['Principal'];
  const principals = [...list(typeof principal === 'string' ? principal : undefined), ...list(at(principal, 'AWS'))];
  if (principals.includes('*') && statement['Condition'] === undefined)
    found.push('anyone is allowed, without a condition');
  if (statement['NotAction'] !== undefined) found.push('every action but some is allowed');
  const rootOnly = principals.length > 0 && principals.every((name) => rendered(name).endsWith(':root'));
  for (const action of list(statement['Action']).map(rendered)) {
    if (!action.includes('*') || keyOperations.includes(action) || (rootOnly && type === 'AWS::KMS::Key')) continue;
    found.push(`the action ${action} is a wildcard`);
  }
  for (const resource of list(statement['Resource']).map(rendered)) {
    if (!resource.includes('*') || (resource === '*' && ownPolicies.includes(type))) continue;
    if (type === 'AWS::S3::BucketPolicy' && ownObjects.test(resource)) continue;
    found.push(`the resource ${resource} is a wildcard`);
  }
  return found;
}
