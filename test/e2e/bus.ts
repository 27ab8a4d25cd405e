import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Summary } from '../../src/cli/start/status-view.ts';
import { type KafkaAdmin, makeAdmin } from '../../src/kafka/admin.ts';
import type { Endpoints } from '../../src/local/platform/endpoints.ts';
import type { LedgerEntry } from '../../src/local/platform/ledger.ts';
import { folders, type PlatformPorts } from '../../src/local/platform/settings.ts';
import { makePool } from '../../src/postgres/pool.ts';
import { prepareMigratedDataDir } from '../make/postgres.ts';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'bin', 'event-bus.ts');

/** A bus under test: the real program in a process of its own, driven only from outside. */
export interface Bus {
  readonly endpoints: Endpoints;
  readonly dataDir: string;
  readonly pid: number;
  /** Seconds from its start to ready, as the program says. */
  readonly readySeconds: number;
  /** Resolves with what the program says of itself, every five seconds, as soon as `wanted` is true of it. */
  untilStatus(wanted: (status: Summary) => boolean): Promise<Summary>;
  /** Ctrl-C; resolves with the exit code and everything the program printed. */
  stop(): Promise<Stopped>;
  /** `kill -9`, with no chance to tidy up. */
  kill(): Promise<void>;
}

export interface Finished {
  readonly exitCode: number | null;
  readonly lines: readonly string[];
}

export interface Stopped extends Finished {
  readonly ledger: readonly LedgerEntry[];
}

export interface BusOptions {
  /** Folder of its state; what an earlier bus left there is continued. */
  readonly dataDir: string;
  readonly flags?: readonly string[];
  /** Ports to listen on, as a restart needs whose devices come back. @default free ones */
  readonly ports?: Partial<PlatformPorts>;
  /** Whether the bus makes its database itself, as it does in a new folder. @default false */
  readonly madeAnew?: boolean;
  /** Real engines instead of embedded ones: what {@link freshEngines} gave this test. @default embedded ones */
  readonly engines?: Engines;
  /** Module that is loaded before anything else, in every thread: a drill's fault. */
  readonly preload?: URL;
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
  try {
    const topics = (await admin.topicNames()).filter((name) => !name.startsWith('__'));
    if (topics.length > 0) await admin.deleteTopics(topics);
    await deleteAllGroups(admin);
    while ((await admin.topicNames()).some((name) => !name.startsWith('__'))) await sleep(100);
  } finally {
    await admin.close();
  }
  return bootstrapServers;
}

/** A bus that was killed leaves members behind until their sessions end; a group with members is not deleted. */
async function deleteAllGroups(admin: KafkaAdmin): Promise<void> {
  const until = Date.now() + 90_000;
  for (;;) {
    const groups = await admin.listGroups();
    if (groups.length === 0) return;
    const failure = await admin.deleteGroups(groups.map(({ group }) => group)).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure !== undefined && Date.now() > until) throw failure;
    await sleep(500);
  }
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

/** The ports that a bus listens on, to start it again on them. */
export function portsOf({
  kafka,
  postgres,
  mqtt,
  mqtts,
  grpc,
  queue,
  api,
  orders,
  realtime,
  photos,
}: Endpoints): PlatformPorts {
  return {
    kafka: port(kafka),
    postgres: port(new URL(postgres).host),
    mqtt: port(mqtt),
    mqtts: port(mqtts),
    grpc: port(grpc),
    queue: port(queue),
    api: port(api ?? ''),
    orders: port(orders ?? ''),
    realtime: port(realtime ?? ''),
    photos: port(photos ?? ''),
  };
}

function port(address: string): number {
  return Number(/:(\d+)(\/|$)/.exec(address)?.[1]);
}

const freePorts: PlatformPorts = {
  kafka: 0,
  postgres: 0,
  mqtt: 0,
  mqtts: 0,
  grpc: 0,
  queue: 0,
  api: 0,
  orders: 0,
  realtime: 0,
  photos: 0,
};
const running = new Set<ChildProcess>();

/** Kills what a failed test left running; for `afterAll`. */
export async function killLeftovers(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }),
  );
}

/** Starts the program on free ports and waits until it is ready; throws with its output when it ends before. */
export async function startBus(options: BusOptions): Promise<Bus> {
  const { preload } = options;
  await giveDatabase(options);
  const loading = preload === undefined ? [] : [`--import=${preload.href}`];
  const flags = ['--disable-warning=ExperimentalWarning', ...loading];
  const child = spawn(process.execPath, [...flags, program, ...argumentsOf(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Threads take either the flag or the variable from their process, by whether they have an environment of their own.
    env: { ...process.env, ...(preload === undefined ? {} : { NODE_OPTIONS: loading.join(' ') }) },
  });
  running.add(child);
  const exited = once(child, 'exit').finally(() => running.delete(child));
  const closed = once(child, 'close');
  const said = listen(child);
  const ready = await said.ready;
  return {
    endpoints: ready.endpoints,
    dataDir: options.dataDir,
    pid: child.pid ?? 0,
    readySeconds: ready.seconds,
    untilStatus: said.untilStatus,
    async stop() {
      child.kill('SIGINT');
      const [exitCode] = await exited;
      await closed;
      return { exitCode, lines: said.lines, ledger: ledgerIn(said.lines) };
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A new folder gets a database that was made before: making one takes longer than everything else of a start. */
async function giveDatabase({ dataDir, engines, madeAnew = false }: BusOptions): Promise<void> {
  const folder = folders(dataDir).postgres;
  if (madeAnew || engines?.postgres !== undefined || existsSync(folder)) return;
  await prepareMigratedDataDir(folder);
}

/** The command line of a start. */
export function argumentsOf({ dataDir, flags = [], engines = {}, ports = {} }: BusOptions): readonly string[] {
  const listening = Object.entries({ ...freePorts, ...ports }).flatMap(([part, port]) => [`--${part}-port`, `${port}`]);
  const real = Object.entries(engines).flatMap(([part, address]) => [`--${part}`, address]);
  return ['start', '--json', '--no-sample', '--data-dir', dataDir, ...listening, ...real, ...flags];
}

interface Ready {
  readonly endpoints: Endpoints;
  readonly seconds: number;
}

/** Collects what the program prints and tells the moments that tests wait for. */
function listen(child: ChildProcess) {
  const lines: string[] = [];
  const ready = Promise.withResolvers<Ready>();
  const waiting = new Set<(status: Summary) => void>();
  let last: Summary | undefined;
  const tellStatus = (status: Summary) => {
    last = status;
    for (const tell of waiting) tell(status);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('{"ready":true')) ready.resolve(JSON.parse(line));
      if (line.startsWith('{"status":')) tellStatus(JSON.parse(line).status);
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    return new Error(`the bus ended with ${code}:\n${lines.join('\n')}`);
  });
  void ended.then((error) => ready.reject(error));
  const untilStatus = (wanted: (status: Summary) => boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<Summary>();
    const tell = (status: Summary) => wanted(status) && resolve(status);
    waiting.add(tell);
    if (last !== undefined) tell(last);
    void ended.then(reject);
    return promise.finally(() => waiting.delete(tell));
  };
  return { lines, ready: ready.promise, untilStatus };
}

function ledgerIn(lines: readonly string[]): readonly LedgerEntry[] {
  const line = lines.findLast((one) => one.startsWith('{"ledger":'));
  return line === undefined ? [] : JSON.parse(line).ledger;
}

/** Runs a start that must fail; {@link killLeftovers} ends one that comes up instead. */
export function runStart(options: BusOptions): ReturnType<typeof runVerb> {
  return runVerb(argumentsOf(options));
}

/** Runs a verb of the command line to its end. */
export async function runVerb(
  args: readonly string[],
  input = '',
): Promise<Finished & { readonly output: string; readonly errors: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args]);
  running.add(child);
  child.once('exit', () => running.delete(child));
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
