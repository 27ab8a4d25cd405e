// Writes every generated file of the checkout; with --check writes nothing and exits 1 when one is stale.
import { dirname } from 'node:path';
import { deploymentPages } from '../lib/pages.ts';
import { type GeneratedFile, generatedFiles, refreshFiles, staleFiles } from '../src/cli/generate/generated-files.ts';
import { AppError } from '../src/core/errors/app-error.ts';

const root = dirname(import.meta.dirname);
const unknown = process.argv.slice(2).find((word) => word !== '--check');

function allFiles(): readonly GeneratedFile[] {
  return [...generatedFiles(root), ...deploymentPages()];
}

function check(): number {
  const stale = staleFiles(root, allFiles());
  for (const { path } of stale) process.stderr.write(`${path} is stale; run "npm run generate" and commit it\n`);
  return stale.length === 0 ? 0 : 1;
}

function write(): number {
  const written = refreshFiles(root, allFiles());
  for (const { path } of written) process.stdout.write(`wrote ${path}\n`);
  if (written.length === 0) process.stdout.write('everything was up to date\n');
  return 0;
}

try {
  if (unknown !== undefined) {
    process.stderr.write(`generate: unknown argument "${unknown}"; usage: npm run generate [-- --check]\n`);
    process.exitCode = 2;
  } else {
    process.exitCode = process.argv.includes('--check') ? check() : write();
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`generate: ${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
