import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { acknowledge, packs } from './acknowledge.ts';

/**
 * Says why a policy names resources by a pattern. cdk-nag accepts each resource on its own, by the text it makes of it.
 * Parts that belong to another stack have to be shared values: CDK's own references change when the app is synthesised.
 */
export function acknowledgeResources(scope: IConstruct, reason: string, ...resources: readonly string[]): void {
  const stack = Stack.of(scope);
  const ids = resources.map((resource) => `${packs.solutions}-IAM5[Resource::${asText(stack.resolve(resource))}]`);
  acknowledge(scope, reason, ...new Set(ids));
}

/** A resource as cdk-nag writes it: joined, `<Reference>`, `<Resource.Attribute>`, and JSON for any other function. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  if ('Ref' in value) return `<${asText(value.Ref)}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
    return `<${value['Fn::GetAtt'].map(asText).join('.')}>`;
  }
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts]: readonly unknown[] = value['Fn::Join'];
    if (Array.isArray(parts)) return parts.map(asText).join(asText(separator));
  }
  return JSON.stringify(value);
}
