/**
 * Deliveries per second through the realtime gateway to many connected clients, and the time from publishing to
 * receiving. Broker, gateway and clients run in threads and processes of their own; each user has ten devices.
 *   node test/bench/realtime.ts [--clients 2000] [--deliveries 20000] [--seconds 20] [--rounds 3]
 * Beside it the same time for a plain reader of the topic: what the log alone takes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readTopic } from '../../src/kafka/reader.ts';
import { startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { Crowd, type GatewayProcess } from '../services/realtime/crowd.ts';
import { median } from './median.ts';

const clientsPerUser = 10;
const warmUpMs = 3_000;

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '2000' },
    deliveries: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
const clients = Number(values.clients);
const perSecond = Number(values.deliveries) / clientsPerUser;
const folder = await mkdtemp(join(tmpdir(), 'event-bus-bench-'));
const kafka = await startEmbeddedKafka({ port: 0, dataDir: join(folder, 'kafka'), log: () => {} });
const crowd = new Crowd({
  bootstrapServers: kafka.bootstrapServers,
  auth: join(folder, 'auth'),
  users: Math.ceil(clients / clientsPerUser),
  clientsPerUser,
  maxPartitions: 4,
});
const stop = new AbortController();
try {
  await crowd.createTopics();
  const gateway = await crowd.gateway();
  await crowd.connect([gateway.url]);
  const logLatencies: number[] = [];
  const reading = readAlone(logLatencies, stop.signal);
  const idle = loadavg()[0] ?? 0;
  process.stdout.write(`${clients} clients, ${cpus().length} processors, load before ${idle.toFixed(1)}\n`);
  await crowd.publishSteadily(perSecond, warmUpMs);
  const rounds: Round[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await measure(gateway, logLatencies));
  for (const key of ['deliveries', 'p50', 'p95', 'p99', 'logP99', 'gatewayCpu'] as const) {
    const figures = rounds.map((round) => round[key]);
    process.stdout.write(
      `${key.padEnd(12)} median ${median(figures).toFixed(0)}  (${figures.map((one) => one.toFixed(0)).join(', ')})\n`,
    );
  }
  const { gaps, duplicates } = await crowd.until(({ slowest }) => slowest >= crowd.published);
  process.stdout.write(`gaps ${gaps}, duplicates ${duplicates}, load after ${(loadavg()[0] ?? 0).toFixed(1)}\n`);
  stop.abort();
  await reading;
} finally {
  stop.abort();
  await crowd.close();
  await kafka.close();
  await rm(folder, { recursive: true, force: true });
}

interface Round {
  /** Per second. */
  readonly deliveries: number;
  /** ms */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly logP99: number;
  /** Per cent of one processor. */
  readonly gatewayCpu: number;
}

async function measure(gateway: GatewayProcess, logLatencies: number[]): Promise<Round> {
  const before = await crowd.report();
  crowd.forgetLatencies();
  logLatencies.length = 0;
  const { cpu } = await gateway.facts();
  const startMs = performance.now();
  await crowd.publishSteadily(perSecond, Number(values.seconds) * 1000);
  const { latencies, received } = await crowd.report();
  const seconds = (performance.now() - startMs) / 1000;
  const { cpu: after } = await gateway.facts();
  return {
    deliveries: (received - before.received) / seconds,
    p50: at(latencies, 0.5),
    p95: at(latencies, 0.95),
    p99: at(latencies, 0.99),
    logP99: at(
      logLatencies.toSorted((one, other) => one - other),
      0.99,
    ),
    gatewayCpu: (after.user + after.system - cpu.user - cpu.system) / 10_000 / seconds,
  };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

/** The same records as a program reads them that does nothing else. */
async function readAlone(latencies: number[], signal: AbortSignal): Promise<void> {
  const connection = { bootstrapServers: kafka.bootstrapServers };
  for await (const records of readTopic({
    connection,
    topic: 'photo.events.v1',
    from: 'latest',
    to: 'never',
    signal,
  })) {
    const nowMs = Date.now();
    for (const { headers } of records) {
      const time = headers.find(([name]) => name === 'ce_time')?.[1];
      if (time) latencies.push(nowMs - Date.parse(time.toString()));
    }
  }
}
