// End to end: from MQTT QoS 1 through every function to PostgreSQL and Parquet, on this machine, load generator included.
//   node test/bench/end-to-end.ts [RATE=10000] [SECONDS=60]
// Warms up first: functions start with their first record, and their code is compiled while they run. Then prints, at
// 2,000 readings/s, the time from a reading's publication to its alert record; then the sustained rate, the largest lag,
// the time to drain, peak memory, and the audit of every sink.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { consumers } from '../../src/catalogue/consumers.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { readTopic } from '../../src/kafka/reader.ts';
import { type Bus, runVerb, startBus, temporaryFolder } from '../e2e/bus.ts';

const [rate = 10_000, seconds = 60] = process.argv.slice(2).map(Number);
/** Every group that the load reaches; the lake's positions move with its files, so the audit waits for it instead. */
const groups = consumers.filter(({ name }) => name !== 'lake-transform').map(({ name }) => name);

/** Readings a second, seconds, devices, readings a message, and an emergency each: what answers those has to be warm too. */
const warmUp = [4000, 30, 200, 10, 1];

interface LoadTotals {
  readonly sent: number;
  readonly acknowledged: number;
  readonly failed: number;
}

/** Runs the load to its end and returns its totals. */
async function load(bus: Bus, args: readonly number[]): Promise<LoadTotals> {
  const file = new URL('./fleet-load.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [file, bus.endpoints.mqtt, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last: LoadTotals = { sent: 0, acknowledged: 0, failed: 0 };
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = JSON.parse(line);
  });
  await once(child, 'close');
  return last;
}

/** Records that each group is behind. */
async function lags(bus: Bus): Promise<ReadonlyMap<string, number>> {
  const admin = makeAdmin({ connection: { bootstrapServers: bus.endpoints.kafka } });
  try {
    const ofGroups = await Promise.all(
      groups.map(async (group) => {
        const partitions = await admin.groupLag(group);
        return [group, partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0)] as const;
      }),
    );
    return new Map(ofGroups);
  } finally {
    await admin.close();
  }
}

const total = (behind: ReadonlyMap<string, number>) => [...behind.values()].reduce((sum, records) => sum + records, 0);

function peakMemoryMb(pid: number): number {
  const [, kilobytes = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

/** Processor time of the process so far, seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function throughput(bus: Bus): Promise<void> {
  const cpuBefore = cpuSeconds(bus.pid);
  const started = performance.now();
  let largestLag = 0;
  const running = load(bus, [rate, seconds]);
  const sampling = (async () => {
    for (let second = 0; second < seconds; second += 2) {
      await sleep(2000);
      largestLag = Math.max(largestLag, total(await lags(bus)));
    }
  })();
  const totals = await running;
  const loadSeconds = (performance.now() - started) / 1000;
  const behind = [...(await lags(bus))].filter(([, records]) => records > 0);
  await sampling;
  const drainStarted = performance.now();
  while (total(await lags(bus)) > 0) await sleep(100);
  const drainSeconds = (performance.now() - drainStarted) / 1000;
  const cores = (cpuSeconds(bus.pid) - cpuBefore) / ((performance.now() - started) / 1000);
  console.log(
    `sent ${totals.sent}, acknowledged ${totals.acknowledged}, failed ${totals.failed} in ${loadSeconds.toFixed(1)} s`,
  );
  console.log(`acknowledged rate  ${Math.round(totals.acknowledged / loadSeconds)} readings/s (asked: ${rate})`);
  console.log(`largest lag        ${largestLag} records over ${groups.length} consumers`);
  console.log(`behind at the end  ${behind.map(([group, records]) => `${group} ${records}`).join(', ') || 'none'}`);
  console.log(`drained after      ${drainSeconds.toFixed(1)} s`);
  console.log(`peak memory        ${peakMemoryMb(bus.pid)} MB`);
  console.log(`processor          ${cores.toFixed(2)} cores of the bus`);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function latency(bus: Bus): Promise<void> {
  const codec = makeCodec();
  const delays: number[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    const connection = { bootstrapServers: bus.endpoints.kafka };
    const records = readTopic({
      connection,
      topic: 'vehicle.alerts.v1',
      from: 'latest',
      to: 'never',
      signal: stop.signal,
    });
    for await (const batch of records) {
      for (const { value } of batch) {
        const alert = codec.decode('VehicleAlert', value ?? Buffer.alloc(0)).value;
        if (alert.state === 'RAISED' && alert.kind === 'emergency') delays.push(Date.now() - alert.time);
      }
    }
  })();
  await sleep(1000);
  await load(bus, [2000, 30, 500, 1, 1]);
  await sleep(2000);
  stop.abort();
  await watching;
  const sorted = delays.sort((left, right) => left - right);
  const at = (share: number) => percentile(sorted, share);
  console.log(
    `publish to alert at 2,000/s: ${sorted.length} alerts, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1)} ms`,
  );
}

const folder = temporaryFolder();
try {
  const bus = await startBus({ dataDir: folder.path, flags: ['--lake-seconds', '15'] });
  await load(bus, warmUp);
  await latency(bus);
  if (seconds > 0) await throughput(bus);
  const audit = await runVerb(['audit', '--data-dir', folder.path, '--wait']);
  console.log(audit.output || audit.errors);
  await bus.stop();
} finally {
  folder.remove();
}
