import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogue } from '../../catalogue/catalogue.ts';
import { openApiDocument } from '../../services/orders/http/openapi.ts';
import { errorPages } from './error-pages.ts';
import { eventInputsSource } from './event-inputs.ts';
import { eventTypesSource } from './event-types.ts';
import { fingerprintFile, fingerprintLines } from './frozen-versions.ts';
import { readPublishedSchemas } from './published-schemas.ts';
import { schemaBundleSource } from './schema-bundle.ts';
import { topicPages } from './topic-pages.ts';

/** One file that follows from others; `path` is relative to the checkout. */
export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

/** What follows from the catalogue, the schemas and the registry of errors, computed from the checkout at `root`. */
export function generatedFiles(root: string): readonly GeneratedFile[] {
  const subjects = readPublishedSchemas(root);
  return [
    { path: 'src/catalogue/events.generated.ts', content: eventTypesSource(subjects) },
    { path: 'src/catalogue/event-inputs.generated.ts', content: eventInputsSource(subjects) },
    { path: 'src/catalogue/schemas.generated.ts', content: schemaBundleSource(subjects) },
    { path: fingerprintFile, content: fingerprintLines(root, subjects) },
    { path: 'docs/topics.md', content: topicPages(catalogue) },
    { path: 'docs/errors.md', content: errorPages() },
    { path: 'docs/openapi-orders.json', content: openApiPage() },
  ];
}

/** Those of the files whose content on disk differs. */
export function staleFiles(root: string, files: readonly GeneratedFile[]): readonly GeneratedFile[] {
  return files.filter(({ path, content }) => {
    const target = join(root, path);
    return !existsSync(target) || readFileSync(target, 'utf8') !== content;
  });
}

/** Writes those of the files that are stale, and returns them. */
export function refreshFiles(root: string, files: readonly GeneratedFile[]): readonly GeneratedFile[] {
  const stale = staleFiles(root, files);
  for (const { path, content } of stale) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return stale;
}

/** JSON has no comments, so an extension field in the first line says what made it. */
function openApiPage(): string {
  return `{ "x-made-with": "npm run generate",${JSON.stringify(openApiDocument(), null, 2).slice(1)}\n`;
}
