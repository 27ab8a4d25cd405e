import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { generatedFiles, refreshFiles, staleFiles } from '../../../src/cli/generate/generated-files.ts';
import { errorRegistry } from '../../../src/core/errors/registry.ts';

const checkout = join(import.meta.dirname, '..', '..', '..');
const folders: string[] = [];

/** A checkout that holds the given files only. */
function makeCheckout(files: Readonly<Record<string, unknown>>): string {
  const root = mkdtempSync(join(tmpdir(), 'event-bus-generate-'));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const thing = (...fields: readonly object[]) => ({ type: 'record', name: 'Thing', doc: 'A thing.', fields });
const part = (...fields: readonly object[]) => ({ type: 'record', name: 'Part', doc: 'A part.', fields });
const size = { name: 'size', type: 'int', doc: 'Size, cm.' };

const flag = (symbols: readonly string[]) => ({ type: 'enum', name: 'Flag', symbols });

const contentOf = (root: string, path: string) =>
  generatedFiles(root).find((file) => file.path === path)?.content ?? '';
const typesOf = (...versions: readonly object[]) => {
  const files = versions.map((schema, index) => [`schemas/Thing/v${index + 1}.avsc`, schema]);
  return contentOf(makeCheckout(Object.fromEntries(files)), 'src/catalogue/events.generated.ts');
};

const inputsOf = (...fields: readonly object[]) =>
  contentOf(makeCheckout({ 'schemas/Thing/v1.avsc': thing(...fields) }), 'src/catalogue/event-inputs.generated.ts');

const publish = (schema: object) => {
  const root = makeCheckout({ 'schemas/Thing/v1.avsc': schema });
  refreshFiles(root, generatedFiles(root));
  return root;
};
const edit = (root: string, schema: object) =>
  writeFileSync(join(root, 'schemas/Thing/v1.avsc'), JSON.stringify(schema));

describe('the generated files of this checkout', () => {
  test('are fresh; otherwise run "npm run generate" and commit', () => {
    expect(staleFiles(checkout, generatedFiles(checkout)).map(({ path }) => path)).toEqual([]);
  });

  test('say in their first line what made them', () => {
    for (const { content } of generatedFiles(checkout)) expect(content.split('\n')[0]).toContain('"npm run generate"');
  });

  test('document every error code', () => {
    const page = contentOf(checkout, 'docs/errors.md');
    expect(Object.keys(errorRegistry).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});

describe('a refresh', () => {
  test('writes what is stale, names it, and has nothing to do the second time', () => {
    const root = makeCheckout({ 'schemas/Thing/v1.avsc': thing(size) });
    expect(staleFiles(root, generatedFiles(root)).map(({ path }) => path)).toContain(
      'src/catalogue/events.generated.ts',
    );
    expect(refreshFiles(root, generatedFiles(root)).map(({ path }) => path)).toContain(
      'src/catalogue/events.generated.ts',
    );
    expect(readFileSync(join(root, 'src/catalogue/events.generated.ts'), 'utf8')).toContain('interface Thing');
    expect(refreshFiles(root, generatedFiles(root))).toEqual([]);
  });

  test('finds a file that was edited by hand', () => {
    const root = makeCheckout({ 'schemas/Thing/v1.avsc': thing(size) });
    refreshFiles(root, generatedFiles(root));
    writeFileSync(join(root, 'docs/errors.md'), 'edited');
    expect(staleFiles(root, generatedFiles(root)).map(({ path }) => path)).toEqual(['docs/errors.md']);
  });
});

describe('event types', () => {
  test('follow the newest version', () => {
    const source = typesOf(thing(size), thing(size, { name: 'colour', type: 'string', doc: 'Colour.' }));
    expect(source).toContain('  /** Colour. */\n  readonly colour: string;');
    expect(source).toContain('readonly Thing: Thing;');
  });

  test.each([
    ['a plain number', 'long', 'number'],
    ['a logical type', { type: 'long', logicalType: 'timestamp-millis' }, 'number'],
    ['text', { type: 'string', logicalType: 'uuid' }, 'string'],
    ['bytes', 'bytes', 'Uint8Array'],
    ['an option', ['null', 'string'], 'string | null'],
    ['a union of numbers', ['null', 'int', 'double'], 'number | null'],
    ['a list', { type: 'array', items: 'string' }, 'readonly string[]'],
    ['a list of options', { type: 'array', items: ['null', 'int'] }, 'readonly (number | null)[]'],
    ['a map', { type: 'map', values: 'boolean' }, 'Readonly<Record<string, boolean>>'],
    ['a fixed type', { type: 'fixed', name: 'Hash', size: 16 }, 'Uint8Array'],
    ['an enum', { type: 'enum', name: 'Colour', symbols: ['RED'] }, 'Colour'],
    ['a reference', 'Thing', 'Thing'],
  ])('write %s as TypeScript', (_, type, expected) => {
    expect(typesOf(thing({ name: 'field', type }))).toContain(`  readonly field: ${expected};`);
  });

  test('write an enum as a union of its symbols', () => {
    const colour = { type: 'enum', name: 'Colour', symbols: ['RED', 'BLUE'], doc: 'Colour.' };
    expect(typesOf(thing({ name: 'colour', type: colour }))).toContain("export type Colour =\n  | 'RED'\n  | 'BLUE';");
  });

  test('share a type that two subjects define alike, and refuse one that they define differently', () => {
    const other = (symbols: readonly string[]) => ({ ...thing({ name: 'flag', type: flag(symbols) }), name: 'Other' });
    const first = thing({ name: 'flag', type: flag(['A']) });
    const alike = makeCheckout({ 'schemas/Thing/v1.avsc': first, 'schemas/Other/v1.avsc': other(['A']) });
    expect(contentOf(alike, 'src/catalogue/events.generated.ts').split('export type Flag')).toHaveLength(2);
    const unlike = makeCheckout({ 'schemas/Thing/v1.avsc': first, 'schemas/Other/v1.avsc': other(['B']) });
    expect(() => generatedFiles(unlike)).toThrow('two schemas define the type "Flag" differently');
  });
});

test('the schema bundle holds every version, oldest first', () => {
  const root = makeCheckout({ 'schemas/Thing/v1.avsc': thing(size), 'schemas/Thing/v2.avsc': thing(size, size) });
  const bundle = contentOf(root, 'src/catalogue/schemas.generated.ts');
  const json = bundle.slice(bundle.indexOf('Thing: ') + 'Thing: '.length, bundle.lastIndexOf(','));
  expect(JSON.parse(json)).toEqual([thing(size), thing(size, size)]);
});

describe('a published version', () => {
  test('cannot be edited any more', () => {
    const root = publish(thing(size));
    edit(root, thing({ ...size, type: 'long' }));
    expect(() => generatedFiles(root)).toThrow(
      'schemas/Thing/v1.avsc was edited after it was published; add v2.avsc instead',
    );
  });

  test('cannot be removed either', () => {
    const root = publish(thing(size));
    rmSync(join(root, 'schemas/Thing'), { recursive: true });
    expect(() => generatedFiles(root)).toThrow('schemas/Thing/v1.avsc was published and is gone');
  });

  test('may get better words, and successors', () => {
    const root = publish(thing(size));
    edit(root, thing({ ...size, doc: 'Size, centimetres.' }));
    writeFileSync(join(root, 'schemas/Thing/v2.avsc'), JSON.stringify(thing(size)));
    expect(refreshFiles(root, generatedFiles(root)).map(({ path }) => path)).toContain('schemas/published.sums');
    expect(readFileSync(join(root, 'schemas/published.sums'), 'utf8')).toMatch(/Thing\/v1 .+\nThing\/v2 .+\n$/);
  });
});

describe('a folder of schemas', () => {
  test.each([
    ['a gap between versions', { 'schemas/Thing/v2.avsc': thing() }, 'schemas/Thing/v1.avsc is missing'],
    ['another file', { 'schemas/Thing/v1.json': thing() }, 'schemas/Thing/v1.json is not named v<number>.avsc'],
    ['no JSON', { 'schemas/Thing/v1.avsc': '{' }, 'schemas/Thing/v1.avsc is not JSON'],
    ['no record', { 'schemas/Thing/v1.avsc': { type: 'string' } }, 'schemas/Thing/v1.avsc is not an Avro record'],
    ['another name', { 'schemas/Other/v1.avsc': thing() }, 'names "Thing", its folder says "Other"'],
  ])('with %s is refused', (_, files, message) => {
    expect(() => generatedFiles(makeCheckout(files))).toThrow(
      expect.objectContaining({ code: 'EVENTBUS_CATALOGUE_SCHEMA_INVALID', message: expect.stringContaining(message) }),
    );
  });
});

describe('what may be published', () => {
  test('may leave out the fields that have a default, in records inside too', () => {
    const source = inputsOf(
      { ...size, default: 0 },
      { name: 'parts', type: { type: 'array', items: part({ ...size, default: 1 }) }, doc: 'Its parts.' },
    );
    expect(source).toContain(
      'readonly size?: number | undefined;\n  /** Its parts. */\n  readonly parts: readonly PartInput[];',
    );
    expect(source).toContain('export interface PartInput {\n  /** Size, cm. */\n  readonly size?: number | undefined;');
  });

  test('is the value type itself where nothing may be left out', () => {
    const source = inputsOf(size, { name: 'part', type: part(size), doc: 'Its part.' });
    expect(source).toContain('import type {\n  Thing,\n}');
    expect(source).toContain('readonly Thing: Thing;');
    expect(source).not.toContain('export interface ThingInput');
  });
});
