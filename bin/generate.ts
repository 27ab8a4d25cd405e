// Writes every generated file of the checkout; with --check writes nothing and exits 1 when one is stale.
import { dirname } from 'node:path';
import { refreshFiles, staleFiles } from '../src/cli/generate/generated-files.ts';

const root = dirname(import.meta.dirname);
const unknown = process.argv.slice(2).find((word) => word !== '--check');

if (unknown !== undefined) {
  process.stderr.write(`generate: unknown argument "${unknown}"; usage: npm run generate [-- --check]\n`);
  process.exitCode = 2;
} else if (process.argv.includes('--check')) {
  const stale = staleFiles(root);
  for (const { path } of stale) process.stderr.write(`${path} is stale; run "npm run generate" and commit it\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  const written = refreshFiles(root);
  for (const { path } of written) process.stdout.write(`wrote ${path}\n`);
  if (written.length === 0) process.stdout.write('everything was up to date\n');
}
