import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Metafile } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** Name of the file that Lambda loads; a handler is an export of it. */
export const bundledFile = 'index.mjs';

/** Name of esbuild's list of what went into the bundle, kept beside it so that a deployed function can be explained. */
export const metafileName = 'meta.json';

/** Folder of the functions: `<name>.ts` holds the wiring of the function of that name. */
export const lambdasFolder = join(root, 'lambdas');

/** Names of all functions, sorted. */
export function functionNames(): readonly string[] {
  return readdirSync(lambdasFolder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

/**
 * File of a function's wiring.
 * @throws {Error} when there is none of that name, with what to do
 */
export function functionFile(name: string): string {
  const file = join(lambdasFolder, `${name}.ts`);
  if (existsSync(file)) return file;
  throw new Error(
    `lambdas/${name}.ts is missing, so there is nothing to deploy for "${name}": write its wiring (see README, "Add a consumer"), or take the consumer out of src/catalogue/consumers.ts. There are ${functionNames().join(', ')}.`,
  );
}

/**
 * Fills a folder with what a function is deployed from: one minified ES module with its source map, and the data files
 * that its code looks for beside itself. Waits for the bundler, because constructs are made synchronously.
 * @throws {Error} with the bundler's own words when the code cannot be bundled
 */
export function bundleFunction(name: string, folder: string): Metafile {
  const program = join(import.meta.dirname, 'bundle-program.ts');
  const warning = '--disable-warning=ExperimentalWarning';
  const { status, stderr } = spawnSync(process.execPath, [warning, program, functionFile(name), folder], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`lambdas/${name}.ts cannot be bundled:\n${stderr}`);
  return readMetafile(folder);
}

/** What esbuild wrote about a bundle. */
export function readMetafile(folder: string): Metafile {
  return JSON.parse(readFileSync(join(folder, metafileName), 'utf8')) as Metafile;
}

/** Calls `use` with a folder that holds the function's bundle, and removes the folder afterwards. */
export async function withBundle<T>(
  name: string,
  use: (folder: string, metafile: Metafile) => Promise<T> | T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `event-bus-bundle-${name}-`));
  try {
    return await use(folder, bundleFunction(name, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
