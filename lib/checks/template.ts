/** Reading of synthesised templates: what the rules of this folder look at. Everything in a template is `unknown` JSON. */

export interface TemplateResource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string | undefined;
  readonly dependsOn: readonly string[];
  /** Path of its construct, for example `event-bus-dev-eu-central-1/keys/Bus/Resource`; empty where CDK wrote none. */
  readonly path: string;
}

export interface Template {
  readonly resources: readonly TemplateResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Size of the file as it is uploaded. */
  readonly bytes: number;
}

/** The template in a file's text. */
export function parseTemplate(json: string): Template {
  const document: unknown = JSON.parse(json);
  const resources = Object.entries(record(at(document, 'Resources'))).map(([id, body]) => ({
    id,
    type: text(at(body, 'Type')) ?? '',
    properties: record(at(body, 'Properties')),
    deletionPolicy: text(at(body, 'DeletionPolicy')),
    dependsOn: list(at(body, 'DependsOn')).flatMap((name) => (typeof name === 'string' ? [name] : [])),
    path: text(at(body, 'Metadata', 'aws:cdk:path')) ?? '',
  }));
  return { resources, outputs: record(at(document, 'Outputs')), bytes: new TextEncoder().encode(json).length };
}

export function resourcesOf(template: Template, ...types: readonly string[]): readonly TemplateResource[] {
  return template.resources.filter(({ type }) => types.includes(type));
}

/** The value at a path of keys and positions, or undefined where the path ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A list as it is, a single value as a list of one, nothing as an empty list: policies write all three. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Logical id of the resource of the same template that a `Ref` or `Fn::GetAtt` names. */
export function target(value: unknown): string | undefined {
  return text(at(value, 'Ref')) ?? text(at(value, 'Fn::GetAtt', 0));
}

/**
 * A value as one line of text: joins are joined, references stand as `${LogicalId.Attribute}`, anything else as JSON.
 * Good for searching and for people, not for deploying.
 */
export function rendered(value: unknown): string {
  if (typeof value === 'string') return value;
  const [separator, parts] = list(at(value, 'Fn::Join'));
  if (typeof separator === 'string' && Array.isArray(parts)) return parts.map(rendered).join(separator);
  const sub = at(value, 'Fn::Sub');
  if (typeof sub === 'string') return sub;
  const ref = at(value, 'Ref');
  if (typeof ref === 'string') return `\${${ref}}`;
  const [id, attribute] = list(at(value, 'Fn::GetAtt'));
  if (typeof id === 'string') return `\${${id}.${rendered(attribute)}}`;
  const output = record(at(value, 'Fn::GetStackOutput'));
  if (Object.keys(output).length > 0) {
    return `\${${rendered(output['StackName'])}.${rendered(output['OutputName'])}}`;
  }
  return JSON.stringify(value) ?? '';
}

export interface Literal {
  /** Where it stands, as `Properties.A.0.B`. */
  readonly path: string;
  readonly text: string;
}

/** Every literal text inside a value, keys left out. */
export function literals(value: unknown, path: string): readonly Literal[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => literals(inner, `${path}.${key}`));
}
