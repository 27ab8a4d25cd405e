import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end and returns what it printed; throws with its output when it fails. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): string {
  const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
  if (result.status === 0) return result.stdout;
  const why = result.error?.message ?? `${result.stdout}${result.stderr}`;
  throw new Error(`${program} ${args.join(' ')} failed: ${why}`);
}

export function isInstalled(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** Installs Debian packages whose program is absent; needs root, as in continuous integration. */
export function ensureDebianPackages(programs: Readonly<Record<string, string>>) {
  const missing = Object.entries(programs).filter(([program]) => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  process.stdout.write(`installing Debian packages: ${packages.join(', ')}\n`);
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/**
 * Starts a long-running program with its output in a file. The program has the file itself, not a pipe to this process:
 * this one waits for the suites without reading, and a full pipe would stop the program.
 */
export function start(program: string, args: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    return spawn(program, args, { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Ends a program: first politely, after 15 seconds by force. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await exited;
  clearTimeout(force);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}

/** Waits until something accepts connections on the port; ends the program that does not come to that. */
export async function untilListening(port: number, child: ChildProcess, seconds = 60): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the program for port ${port} ended with ${child.exitCode}`);
    if (await accepts(port)) return;
    await sleep(100);
  }
  await stop(child);
  throw new Error(`nothing listened on port ${port} within ${seconds} s`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
