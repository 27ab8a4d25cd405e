import type { Template } from 'aws-cdk-lib/assertions';

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
  readonly Properties?: unknown;
}

/** Logical ids of the resources of a type. */
export function idsOf(template: Template, type: string): readonly string[] {
  return Object.keys(template.findResources(type));
}

/** The one logical id of a type; throws when there are several or none. */
export function idOf(template: Template, type: string): string {
  const ids = idsOf(template, type);
  if (ids.length !== 1 || ids[0] === undefined) throw new Error(`${ids.length} resources of type ${type}`);
  return ids[0];
}

/** The one resource of a type, with its properties and policies. */
export function onlyOne(template: Template, type: string): Readonly<Record<string, unknown>> {
  return template.findResources(type)[idOf(template, type)] ?? {};
}

/** Whether CloudFormation makes a resource only after another: it depends on it or refers to it, directly or not. */
export function waitsFor(template: Template, later: string, earlier: string): boolean {
  const resources = template.toJSON()['Resources'] as Readonly<Record<string, Resource>>;
  const seen = new Set<string>();
  const visit = (id: string): boolean => {
    if (seen.has(id)) return false;
    seen.add(id);
    const { DependsOn = [], Properties } = resources[id] ?? { Type: '' };
    const direct = [...[DependsOn].flat(), ...referencesIn(Properties)];
    return direct.includes(earlier) || direct.some(visit);
  };
  return visit(later);
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref' && typeof inner === 'string') return [inner];
    if (key === 'Fn::GetAtt' && Array.isArray(inner) && typeof inner[0] === 'string') return [inner[0]];
    return referencesIn(inner);
  });
}
