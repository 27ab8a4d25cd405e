import { copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { requireBanner } from '../bundling/require-banner.ts';

const root = join(import.meta.dirname, '..', '..');

/** Name of a folder of `src/services` that has, or will have, a `main.ts`. */
export type ServiceName = 'ingest' | 'realtime' | 'console';

/** File that a service's program starts in. */
export function entryOf(service: ServiceName): string {
  return join(root, 'src', 'services', service, 'main.ts');
}

/** Whether the program exists yet. */
export function hasProgram(service: ServiceName): boolean {
  return existsSync(entryOf(service));
}

/** Path of the bundled program inside the folder that `bundleService` fills. */
export const bundledProgram = join('app', 'src', 'services', 'program', 'main.mjs');

/**
 * Fills a folder with what the image of a service is built from: its program as one file, the protocol files that it
 * reads when it starts, and the Dockerfile. Returns esbuild's list of what went in.
 */
export function bundleService(service: ServiceName, folder: string): Metafile {
  const { metafile } = buildSync({
    entryPoints: [entryOf(service)],
    outfile: join(folder, bundledProgram),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    // Packages look for their files from the program, which is three folders below `app`.
    banner: { js: requireBanner },
    // The same code with its WebAssembly inside, instead of a file that it would look for beside itself.
    alias: {
      '@platformatic/wasm-utils': join(root, 'node_modules', '@platformatic', 'wasm-utils', 'dist', 'bundled.js'),
    },
    legalComments: 'none',
    logLevel: 'error',
  });
  copyProtocols(folder);
  copyFileSync(join(import.meta.dirname, 'Dockerfile'), join(folder, 'Dockerfile'));
  return metafile;
}

/** Our own protocol files where `src/services` looks for them, and those of packages where their code does. */
function copyProtocols(folder: string): void {
  cpSync(join(root, 'proto'), join(folder, 'app', 'proto'), { recursive: true });
  const { resolve } = createRequire(import.meta.url);
  const packageFolder = (name: string) => dirname(resolve(`${name}/package.json`));
  const target = join(folder, 'app', 'src', 'proto');
  mkdirSync(target, { recursive: true });
  cpSync(join(packageFolder('grpc-health-check'), 'proto'), target, { recursive: true });
  const reflection = join('build', 'proto', 'grpc');
  cpSync(join(packageFolder('@grpc/reflection'), reflection), join(target, 'grpc'), { recursive: true });
}
