import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { ensureDebianPackages, freePort, isInstalled, run, start, stop, untilListening } from './processes.ts';

/** A PostgreSQL cluster of Debian's package on a free port of the loopback address, with its data below `folder`. */
export async function startPostgres(folder: string): Promise<Engine> {
  const bin = binaries();
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const asOwner = ownerPrefix(folder, data);
  const command = (program: string, ...args: string[]) => [...asOwner, join(bin, program), ...args];
  const [initProgram = '', ...initArgs] = command('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8');
  run(initProgram, initArgs);
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`];
  const [program = '', ...args] = command('postgres', '-D', data, '-p', String(port), ...settings);
  const server = start(program, args, join(folder, 'postgres.log'));
  await untilListening(port, server);
  return { address: `postgres://postgres@127.0.0.1:${port}/postgres`, stop: () => stop(server) };
}

function binaries(): string {
  if (!isInstalled('pg_ctl') && !installedVersions().length) ensureDebianPackages({ pg_ctl: 'postgresql' });
  const [newest] = installedVersions();
  if (newest === undefined) throw new Error('no PostgreSQL server below /usr/lib/postgresql');
  return `/usr/lib/postgresql/${newest}/bin`;
}

function installedVersions(): string[] {
  try {
    return readdirSync('/usr/lib/postgresql').sort((left, right) => Number(right) - Number(left));
  } catch {
    return [];
  }
}

/** PostgreSQL refuses to run as root: there the package's own user runs it. */
function ownerPrefix(...paths: readonly string[]): string[] {
  if (process.getuid?.() !== 0) return [];
  const uid = Number(run('id', ['-u', 'postgres']));
  for (const path of paths) {
    chownSync(path, uid, -1);
    chmodSync(path, 0o700);
  }
  return ['setpriv', `--reuid=${uid}`, '--clear-groups'];
}
