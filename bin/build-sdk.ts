// `npm run build:sdk`: the SDK as a package of its own. `dist/sdk` gets one ESM file, the declarations that its entry
// reaches, package.json, README and licence; `dist` gets the tarball of it.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const root = dirname(import.meta.dirname);
const target = join(root, 'dist', 'sdk');

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageFile;

/** Only asked for when a dead letter is larger than a message; programs without such letters need not install it. */
const optional: ReadonlySet<string> = new Set(['@aws-sdk/client-s3']);
/** The API shares one registration among all copies of one major version, so the program's own copy is to be used. */
const loosely: Readonly<Record<string, string>> = { '@opentelemetry/api': '^1.0.0' };

/** Bundles the program and answers the packages that it imports. */
async function bundle(): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, 'src', 'sdk', 'index.ts')],
    outfile: join(target, 'index.js'),
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node22',
    treeShaking: true,
    metafile: true,
    logLevel: 'warning',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  const packages = imports.filter((path) => !path.startsWith('node:')).map(packageOf);
  return [...new Set(packages)].sort();
}

function packageOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Declarations of everything that the entry reaches; what lies behind its interfaces stays out. */
function declare(): void {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-sdk-'));
  try {
    const config = join(folder, 'tsconfig.json');
    writeFileSync(config, JSON.stringify(declarationSettings(join(folder, 'types'))));
    run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', config], root);
    copyDeclarations(join(folder, 'types'), join(target, 'types'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function declarationSettings(outDir: string): object {
  return {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      outDir,
      rootDir: join(root, 'src'),
      typeRoots: [join(root, 'node_modules', '@types')],
    },
    include: [],
    files: [join(root, 'src', 'sdk', 'index.ts')],
  };
}

function copyDeclarations(from: string, to: string): void {
  const waiting = [join(from, 'sdk', 'index.d.ts')];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = readFileSync(file, 'utf8');
    for (const [, path] of text.matchAll(/from '(\.[^']+)\.ts'/g)) {
      const next = join(dirname(file), `${path}.d.ts`);
      if (!seen.has(next)) waiting.push(next);
      seen.add(next);
    }
    const copy = join(to, relative(from, file));
    mkdirSync(dirname(copy), { recursive: true });
    // The compiler writes the names of the sources; beside a declaration file stands the name of the program.
    writeFileSync(copy, text.replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'"));
  }
}

function packageFile(imported: readonly string[]): object {
  const rangeOf = (name: string) => [name, loosely[name] ?? `^${own.dependencies[name]}`] as const;
  const peers = imported.filter((name) => optional.has(name));
  return {
    name: own.name,
    version: own.version,
    description: 'Publishes events of the bus and subscribes to them, typed by its catalogue.',
    license: own.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.22.0' },
    exports: { '.': { types: './types/sdk/index.d.ts', default: './index.js' }, './package.json': './package.json' },
    types: './types/sdk/index.d.ts',
    files: ['index.js', 'types'],
    dependencies: Object.fromEntries(imported.filter((name) => !optional.has(name)).map(rangeOf)),
    peerDependencies: Object.fromEntries(peers.map(rangeOf)),
    peerDependenciesMeta: Object.fromEntries(peers.map((name) => [name, { optional: true }])),
  };
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout ?? ''}${stderr ?? ''}`, {
    cause: error,
  });
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const imported = await bundle();
declare();
writeFileSync(join(target, 'package.json'), `${JSON.stringify(packageFile(imported), null, 2)}\n`);
copyFileSync(join(root, 'docs', 'sdk.md'), join(target, 'README.md'));
copyFileSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
const tarball = run('npm', ['pack', '--silent', '--pack-destination', join(root, 'dist')], target).trim();
process.stdout.write(`dist/${tarball}\n`);
