import { at, list, record, type Template, text } from '../template.ts';

/** Templates of one environment by stack name. */
export type Templates = ReadonlyMap<string, Template>;

/**
 * Writes values of a template for people: joins joined, and a reference as the path of what it points to, in angle
 * brackets, through the outputs of other stacks too.
 */
export class Readable {
  private readonly templates: Templates;
  private readonly stack: string;
  private readonly attributes: boolean;

  /** @param attributes whether a reference names the attribute too: `<keys/Bus.Arn>` instead of `<keys/Bus>` */
  constructor(templates: Templates, stack: string, attributes = false) {
    this.templates = templates;
    this.stack = stack;
    this.attributes = attributes;
  }

  text(value: unknown): string {
    if (typeof value === 'string') return value;
    const [separator, parts] = list(at(value, 'Fn::Join'));
    if (typeof separator === 'string' && Array.isArray(parts)) {
      return parts.map((part) => this.text(part)).join(separator);
    }
    const output = record(at(value, 'Fn::GetStackOutput'));
    if (Object.keys(output).length > 0)
      return this.outputOf(this.text(output['StackName']), this.text(output['OutputName']));
    const reference = text(at(value, 'Ref')) ?? text(at(value, 'Fn::GetAtt', 0));
    if (reference !== undefined) return this.referenceTo(reference, text(at(value, 'Fn::GetAtt', 1)));
    const sub = text(at(value, 'Fn::Sub'));
    if (sub !== undefined) return sub.replaceAll(/\$\{([\w:]+)\}/g, (_, name: string) => this.referenceTo(name));
    const [index, of] = list(at(value, 'Fn::Select'));
    if (of !== undefined) return `${this.text(at(of, 'Fn::Split', 1) ?? of)}[${this.text(String(index))}]`;
    return JSON.stringify(value) ?? '';
  }

  private referenceTo(name: string, attribute?: string): string {
    if (name.startsWith('AWS::')) return pseudo.get(name) ?? `<${name}>`;
    const path = this.templates.get(this.stack)?.resources.find(({ id }) => id === name)?.path ?? '';
    const shown = this.attributes && attribute !== undefined ? `.${attribute}` : '';
    return `<${path === '' ? name : shortPath(path)}${shown}>`;
  }

  /** What the output of another stack stands for there. */
  private outputOf(stack: string, name: string): string {
    const output = this.templates.get(stack)?.outputs[name];
    return output === undefined
      ? `<${stack}: ${name}>`
      : new Readable(this.templates, stack, this.attributes).text(at(output, 'Value'));
  }
}

const pseudo = new Map([
  ['AWS::Partition', 'aws'],
  ['AWS::AccountId', '<account>'],
  ['AWS::Region', '<region>'],
]);

/** Path without the stage in front and without the names that CDK gives to the resources inside its constructs. */
export function shortPath(path: string): string {
  const [, ...parts] = path.split('/');
  const named = parts.filter((part) => part !== 'Resource' && part !== 'Default');
  return named.join('/');
}
