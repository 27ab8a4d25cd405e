#!/usr/bin/env node
// Starts a program of this checkout under the pinned Node 24, from any Node >= 20.20: installs when the lock file
// changed, then hands over standard input, output, signals and the exit code.
//   node bin/run.mjs [--quiet] bin/event-bus.ts VERB …     a TypeScript program
//   node bin/run.mjs [--quiet] --jest …                    the test runner
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.installed-lock');
const pinnedNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Fingerprint of the lock file that should be installed, and of the one that is. */
const wanted = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
const installed = () => (existsSync(stamp) && existsSync(pinnedNode) ? readFileSync(stamp, 'utf8').trim() : '');

/** Names the process that installs; two at once would delete each other's files. */
const lock = join(root, '.installing');

function alive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits until no other process installs, and keeps others from it. */
function takeLock() {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    // An empty file is about to be filled.
    if (pid > 0 && !alive(pid)) rmSync(lock, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function install(quiet) {
  if (installed() === wanted()) return;
  takeLock();
  try {
    if (installed() !== wanted()) runNpm(quiet);
  } finally {
    rmSync(lock, { force: true });
  }
}

function runNpm(quiet) {
  if (!quiet) {
    const why = installed() === '' ? 'first run' : 'package-lock.json changed';
    process.stderr.write(`event-bus: installing dependencies (${why}; about a minute, needs the network once)\n`);
  }
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', quiet ? 'ignore' : process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(
      'event-bus: "npm ci" failed (its message is above); check the network, then run this command again\n',
    );
    rmSync(lock, { force: true });
    process.exit(result.status ?? 1);
  }
  writeFileSync(stamp, `${wanted()}\n`);
}

const words = process.argv.slice(2);
const quiet = words[0] === '--quiet';
if (quiet) words.shift();
const jest = words[0] === '--jest';
const program = jest ? join('node_modules', 'jest', 'bin', 'jest.js') : words[0];
words.splice(0, 1, join(root, program));

install(quiet);
// What Node has compiled, types stripped, is kept for the next start and for every thread and process below this one.
const compiled = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compiled');
const flags = ['--disable-warning=ExperimentalWarning', ...(jest ? ['--experimental-vm-modules'] : [])];
const child = spawn(pinnedNode, [...flags, ...words], {
  cwd: jest ? root : process.cwd(),
  stdio: 'inherit',
  env: { ...process.env, NODE_COMPILE_CACHE: compiled, PATH: `${dirname(pinnedNode)}:${process.env.PATH ?? ''}` },
});
// A terminal sends Ctrl-C to the whole group, so SIGINT is only waited out; a SIGTERM reaches this process alone.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
