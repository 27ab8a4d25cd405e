// `node lib/bundling/bundle-program.ts ENTRY FOLDER`: bundles one function. A program of its own, because a plug-in needs
// esbuild's asynchronous interface and constructs are made synchronously.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build as esbuild, type Metafile, type Plugin } from 'esbuild';
import { bundledFile, metafileName } from './function-bundle.ts';
import { requireBanner } from './require-banner.ts';

const root = join(import.meta.dirname, '..', '..');

/**
 * The runtime of Lambda brings the AWS SDK, and AWS keeps it patched: each client bundled would add 200 to 400 kB.
 * `pg-native` is an optional part of `pg` that is never installed.
 */
const external = ['node:*', '@aws-sdk/*', '@smithy/*', 'pg-native', '@node-rs/crc32'];

const packages = join(root, 'node_modules');

/** Modules that stand in for others, which bring along what no function uses. */
const standIns: Readonly<Record<string, string>> = {
  // The same code with its WebAssembly inside, instead of a file that it would look for beside itself.
  '@platformatic/wasm-utils': join(packages, '@platformatic', 'wasm-utils', 'dist', 'bundled.js'),
  // The types of Avro alone, without its remote procedures, files and language.
  avsc: join(packages, 'avsc', 'lib', 'types.js'),
  mnemonist: join(import.meta.dirname, 'lru-cache.ts'),
  // It checks the options of the Kafka client, which our connections build and our tests hold to the real one.
  'ajv/dist/2020.js': join(import.meta.dirname, 'accepting-ajv.ts'),
};

const kafkaFolder = join(packages, '@platformatic', 'kafka', 'dist');

/**
 * Leaves out what a bundler cannot see that nobody needs: modules of the Kafka client that export everything from one
 * index and do not say that they can go, requests that the given groups do not need but its clients look up by name,
 * and the prose in the schemas.
 */
function shedding(withoutRequests: readonly string[]): Plugin {
  return {
    name: 'shedding',
    setup(build) {
      build.onResolve({ filter: /^[@a-z]/ }, ({ path }) => {
        const standIn = standIns[path];
        if (standIn !== undefined) return { path: standIn };
        return path === '@platformatic/kafka' ? { path: join(kafkaFolder, 'index.js'), sideEffects: false } : undefined;
      });
      build.onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
        resolveDir.startsWith(kafkaFolder) ? { path: join(resolveDir, path), sideEffects: false } : undefined,
      );
      build.onLoad({ filter: /kafka[\\/]dist[\\/]apis[\\/]index\.js$/ }, ({ path }) => {
        return { contents: linesOf(path, (line) => !withoutRequests.some((group) => line.includes(`"./${group}/`))) };
      });
      build.onLoad({ filter: /schemas\.generated\.ts$/ }, ({ path }) => ({
        loader: 'ts',
        contents: linesOf(path, (line) => !/^ *"doc": "(?:[^"\\]|\\.)*",?$/.test(line)),
      }));
    },
  };
}

function linesOf(path: string, kept: (line: string) => boolean): string {
  return readFileSync(path, 'utf8').split('\n').filter(kept).join('\n');
}

/** Folders that code looks for beside itself, by the module that does: they go into the bundle with it. */
const dataFolders: Readonly<Record<string, string>> = {
  'src/postgres/migrate.ts': 'src/postgres/migrations',
};

async function bundle(entry: string, folder: string, withoutRequests: readonly string[]): Promise<Metafile> {
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
    banner: { js: requireBanner },
    external,
    plugins: [shedding(withoutRequests)],
  });
  return metafile;
}

/** Groups of requests of the Kafka package, and the clients that make them. */
const clientsOfRequests: Readonly<Record<string, readonly string[]>> = {
  admin: ['clients/admin/admin.js'],
  consumer: ['clients/admin/admin.js', 'clients/consumer/consumer.js'],
  telemetry: ['clients/consumer/consumer.js'],
};

const [entry = '', folder = ''] = process.argv.slice(2);
// Once to see which clients the function has, and once without the requests that these cannot make.
const first = await bundle(entry, folder, []);
const unneeded = Object.entries(clientsOfRequests)
  .filter(([group, clients]) => holds(first, `apis/${group}/`) && !clients.some((client) => holds(first, client)))
  .map(([group]) => group);
const metafile = unneeded.length === 0 ? first : await bundle(entry, folder, unneeded);
for (const [module, data] of Object.entries(dataFolders)) {
  if (module in metafile.inputs)
    cpSync(join(root, data), join(folder, data.slice(dirname(module).length + 1)), { recursive: true });
}
writeFileSync(join(folder, metafileName), JSON.stringify(relativeOutputs(metafile)));

/** Whether a bundle has code of the Kafka client below a path. */
function holds({ outputs }: Metafile, path: string): boolean {
  const part = `node_modules/@platformatic/kafka/dist/${path}`;
  return Object.values(outputs).some(({ inputs }) => Object.keys(inputs).some((input) => input.startsWith(part)));
}

/** Named from the bundle's own folder, so that the file is the same wherever it is made. */
function relativeOutputs({ inputs, outputs }: Metafile): Metafile {
  const renamed = Object.entries(outputs).map(([path, output]) => [path.slice(path.lastIndexOf('/') + 1), output]);
  return { inputs, outputs: Object.fromEntries(renamed) as Metafile['outputs'] };
}
