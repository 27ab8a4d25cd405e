import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDebianPackages, run } from './processes.ts';

const packages = ['grpcio==1.76.0', 'grpcio-tools==1.76.0', 'pyarrow==22.0.0'];

/** A Python with gRPC and Arrow in an environment of its own, from PyPI; returns the interpreter's path. */
export function ensurePythonPackages(cache: string): string {
  const home = join(cache, 'python');
  const python = join(home, 'bin', 'python');
  const marker = join(home, packages.join('_'));
  if (existsSync(marker)) return python;
  ensureDebianPackages({ python3: 'python3-venv' });
  process.stdout.write('fetching Python packages from PyPI\n');
  run('python3', ['-m', 'venv', '--clear', home]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  run('touch', [marker]);
  return python;
}
