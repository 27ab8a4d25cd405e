// `node lib/bundling/bundle-program.ts ENTRY FOLDER`: bundles one function. A program of its own, because a plug-in needs
// esbuild's asynchronous interface and constructs are made synchronously.
import { cpSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { build as esbuild, type Metafile, type Plugin } from 'esbuild';
import { bundledFile, metafileName } from './function-bundle.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * The runtime of Lambda brings the AWS SDK, and AWS keeps it patched: each client bundled would add 200 to 400 kB.
 * `pg-native` is an optional part of `pg` that is never installed.
 */
const external = ['node:*', '@aws-sdk/*', '@smithy/*', 'pg-native', '@node-rs/crc32'];

/** Packages written for `require` call it for Node's own modules, and find none in an ES module. */
const banner = [
  "import { createRequire as __createRequire } from 'node:module';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join('\n');

const packages = join(root, 'node_modules');

const alias = {
  // The same code with its WebAssembly inside, instead of a file that it would look for beside itself.
  '@platformatic/wasm-utils': join(packages, '@platformatic', 'wasm-utils', 'dist', 'bundled.js'),
};

/**
 * Packages of which a module that nobody imports a name from does nothing but fill the bundle: they export everything
 * from one index and do not say that it can be left out.
 */
const pure: Plugin = {
  name: 'pure-packages',
  setup(build) {
    build.onResolve({ filter: /.*/ }, async ({ path, pluginData, kind, resolveDir, importer }) => {
      if (pluginData === pure.name || kind === 'entry-point') return undefined;
      const found = await build.resolve(path, { kind, resolveDir, importer, pluginData: pure.name });
      const isPure = found.path.includes(join('@platformatic', 'kafka') + sep);
      return isPure ? { ...found, sideEffects: false } : found;
    });
  },
};

/** Folders that code looks for beside itself, by the module that does: they go into the bundle with it. */
const dataFolders: Readonly<Record<string, string>> = {
  'src/postgres/migrate.ts': 'src/postgres/migrations',
};

async function bundle(entry: string, folder: string): Promise<Metafile> {
  const { metafile } = await esbuild({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(folder, bundledFile),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    legalComments: 'none',
    logLevel: 'error',
    banner: { js: banner },
    external,
    alias,
    plugins: [pure],
  });
  return metafile;
}

const [entry = '', folder = ''] = process.argv.slice(2);
const metafile = await bundle(entry, folder);
for (const [module, data] of Object.entries(dataFolders)) {
  if (module in metafile.inputs)
    cpSync(join(root, data), join(folder, data.slice(dirname(module).length + 1)), { recursive: true });
}
writeFileSync(join(folder, metafileName), JSON.stringify(relativeOutputs(metafile)));

/** Named from the bundle's own folder, so that the file is the same wherever it is made. */
function relativeOutputs({ inputs, outputs }: Metafile): Metafile {
  const renamed = Object.entries(outputs).map(([path, output]) => [path.slice(path.lastIndexOf('/') + 1), output]);
  return { inputs, outputs: Object.fromEntries(renamed) as Metafile['outputs'] };
}
