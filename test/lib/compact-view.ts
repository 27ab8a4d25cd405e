import { createHash } from 'node:crypto';
import { Readable, shortPath, type Templates } from '../../lib/checks/iam/references.ts';
import type { TemplateResource } from '../../lib/checks/template.ts';

/** Longer values are cut there; a digest of all of it stands behind, so that every change shows. */
const longest = 240;

/** Hashes of assets and of function versions: they change with each line of code, the template does not. */
const hash = /\b[0-9a-f]{64}\b/g;

/** Says nothing, or nothing that the path does not say: tags of the whole app, names that CDK computes. */
const leftOut = new Set(['Tags', 'PolicyName']);

/** Names that many resources have in common. */
export interface DeclaredNames {
  readonly topics: readonly string[];
  readonly consumers: readonly string[];
}

/**
 * A stack on a few pages: a paragraph a resource, references as paths, hashes of assets masked, tags and metadata left
 * out. Resources that differ by their topic or consumer alone stand as one.
 */
export function compactView(templates: Templates, stack: string, names: DeclaredNames): string {
  const readable = new Readable(templates, stack, true);
  const paragraphs = new Map<string, number>();
  for (const resource of templates.get(stack)?.resources ?? []) {
    const text = paragraph(resource, readable, masking(shortPath(resource.path), names));
    paragraphs.set(text, (paragraphs.get(text) ?? 0) + 1);
  }
  const lines = [...paragraphs].map(([text, count]) => (count === 1 ? text : `${count} × ${text}`));
  return `${lines.sort().join('\n')}\n`;
}

type Mask = (text: string) => string;

function paragraph(
  { id, type, path, properties, deletionPolicy }: TemplateResource,
  readable: Readable,
  mask: Mask,
): string {
  const kept = deletionPolicy === undefined ? '' : ` (${deletionPolicy})`;
  const short: string[] = [];
  const long: string[] = [];
  for (const [name, value] of Object.entries(properties).filter(([name]) => !leftOut.has(name))) {
    const text = mask(valueText(value, readable));
    if (typeof value === 'object' && text.length > 60) long.push(`  ${name}: ${cut(text)}`);
    else short.push(`${name}: ${cut(text)}`);
  }
  const heading = `${mask(shortPath(path) || id)}: ${type}${kept}`;
  return [heading, ...(short.length > 0 ? [`  ${short.join(', ')}`] : []), ...long].join('\n');
}

function valueText(value: unknown, readable: Readable): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, readable)).join(', ')}]`;
  const [key = ''] = Object.keys(value);
  if (key === 'Ref' || key.startsWith('Fn::')) return readable.text(value);
  const inner = Object.entries(value).map(([name, child]) => `${name}: ${valueText(child, readable)}`);
  return `{${inner.join(', ')}}`;
}

function cut(text: string): string {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest)}… ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

/** Replaces hashes, and the topic and consumer that the path names in all their spellings. */
function masking(path: string, names: DeclaredNames): Mask {
  const spellings = [
    ...spellingsOf(path, names.topics).map((spelling) => [spelling, '(topic)'] as const),
    ...spellingsOf(path, names.consumers).map((spelling) => [spelling, '(consumer)'] as const),
  ];
  return (text) =>
    spellings.reduce(
      (masked, [spelling, mask]) => masked.replaceAll(spelling, mask),
      text.replaceAll('\n', '\\n').replaceAll(hash, '<hash>'),
    );
}

/** Spellings of the longest of the names that stands in the path. */
function spellingsOf(path: string, names: readonly string[]): readonly string[] {
  const name = names.filter((one) => path.includes(one)).sort((one, other) => other.length - one.length)[0];
  return name === undefined ? [] : [name, name.replaceAll(/[^A-Za-z0-9_]/g, '_')];
}
