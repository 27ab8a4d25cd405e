import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeAdmin } from '../../src/kafka/admin.ts';
import type { Endpoints } from '../../src/local/platform/endpoints.ts';
import { makePool } from '../../src/postgres/pool.ts';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'bin', 'event-bus.ts');

/** A bus under test: the real program in a process of its own, driven only from outside. */
export interface Bus {
  readonly endpoints: Endpoints;
  readonly dataDir: string;
  readonly pid: number;
  /** Seconds from its start to ready, as the program says. */
  readonly readySeconds: number;
  /** Ctrl-C; resolves with the exit code and everything the program printed. */
  stop(): Promise<Finished>;
  /** `kill -9`, with no chance to tidy up. */
  kill(): Promise<void>;
}

export interface Finished {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
}

export interface BusOptions {
  /** Folder of its state; what an earlier bus left there is continued. */
  readonly dataDir: string;
  readonly flags?: readonly string[];
  /** Real engines instead of embedded ones. @default what the environment of the test run names */
  readonly engines?: Engines;
}

/** Real engines for one bus at a time. */
export interface Engines {
  readonly kafka?: string;
  readonly postgres?: string;
}

/** A folder of its own for a test, with the way to remove it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'event-bus-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * The engines that the integration run started, emptied for the next test: no topics, no groups, a database of its own.
 * Without such engines: nothing, and the bus uses its embedded ones.
 */
export async function freshEngines(): Promise<Engines> {
  const { EVENT_BUS_TEST_KAFKA: kafka, EVENT_BUS_TEST_POSTGRES_URL: postgres } = process.env;
  return {
    ...(kafka === undefined ? {} : { kafka: await emptied(kafka) }),
    ...(postgres === undefined ? {} : { postgres: await newDatabase(postgres) }),
  };
}

async function emptied(bootstrapServers: string): Promise<string> {
  const admin = makeAdmin({ connection: { bootstrapServers } });
  const topics = (await admin.topicNames()).filter((name) => !name.startsWith('__'));
  if (topics.length > 0) await admin.deleteTopics(topics);
  const groups = await admin.listGroups();
  if (groups.length > 0) await admin.deleteGroups(groups.map(({ group }) => group));
  while ((await admin.topicNames()).some((name) => !name.startsWith('__')))
    await new Promise((done) => setTimeout(done, 100));
  await admin.close();
  return bootstrapServers;
}

async function newDatabase(url: string): Promise<string> {
  const name = `bus_${process.pid}_${Date.now()}`;
  const pool = makePool(url);
  await pool.query(`create database ${name}`);
  await pool.end();
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

/** Starts the program on free ports and waits until it is ready; throws with its output when it ends before. */
export async function startBus({ dataDir, flags = [], engines = {} }: BusOptions): Promise<Bus> {
  const ports = ['kafka', 'postgres', 'mqtt', 'mqtts', 'grpc', 'queue'].flatMap((part) => [`--${part}-port`, '0']);
  const real = Object.entries(engines).flatMap(([part, address]) => [`--${part}`, address]);
  const args = ['start', '--json', '--no-sample', '--data-dir', dataDir, ...ports, ...real, ...flags];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ready = await untilReady(child, lines);
  const exited = once(child, 'exit');
  return {
    endpoints: ready.endpoints,
    dataDir,
    pid: child.pid ?? 0,
    readySeconds: ready.seconds,
    async stop() {
      child.kill('SIGINT');
      const [exitCode] = await exited;
      return { exitCode, lines };
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function untilReady(child: ChildProcess, lines: string[]): Promise<{ endpoints: Endpoints; seconds: number }> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line.startsWith('{"ready":true')) resolve(JSON.parse(line));
      });
    }
    child.once('exit', (code) =>
      reject(new Error(`the bus ended with ${code} before it was ready:\n${lines.join('\n')}`)),
    );
  });
}

/** Runs a verb of the command line to its end. */
export async function runVerb(
  args: readonly string[],
  input = '',
): Promise<Finished & { readonly output: string; readonly errors: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args]);
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.end(input);
  const [exitCode] = await once(child, 'close');
  return { exitCode, output, errors, lines: output.split('\n').filter((line) => line !== '') };
}
